package org.p2pd.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.EditionId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out at start what lies in the directory and what it takes; reads no file. */
final class StoreWalk {

  private static final Logger log = LoggerFactory.getLogger(StoreWalk.class);
  private static final int FAN_OUT = 256;

  /** Others write to their files while we look away: so much is set aside for that. */
  private static final long OTHERS_MARGIN_BYTES = 256 * 1024;

  private final StoreParts parts;
  private final Editions editions;

  StoreWalk(StoreParts parts, Editions editions) {
    this.parts = parts;
    this.editions = editions;
  }

  /** Makes every edition known. */
  void run() throws IOException {
    for (int number = 0; number < FAN_OUT; number++) {
      Path directory = parts.paths().fanOut(number);
      if (Files.isDirectory(directory)) {
        parts.fanOut().found(number, AllocatedSize.of(directory));
        for (EditionId id : editionsIn(directory, number)) {
          editions.survey(id);
          parts.news().tell();
        }
      }
    }
  }

  private Set<EditionId> editionsIn(Path directory, int number) throws IOException {
    Set<EditionId> found = new HashSet<>();
    try (DirectoryStream<Path> names = Files.newDirectoryStream(directory)) {
      for (Path file : names) {
        String name = String.valueOf(file.getFileName());
        Optional<EditionId> id =
            StorePaths.editionOf(name).filter(e -> StorePaths.fanOut(e) == number);
        if (id.isPresent()) {
          found.add(id.get());
        } else if (name.endsWith(StorePaths.TEMPORARY)) {
          parts.disk().delete(file);
        } else {
          log.warn("{} is none of the store's files: left alone, but it counts", file);
          parts.ledger().found(AllocatedSize.of(file));
        }
      }
    }
    return found;
  }

  /** What lies in the cache directory beside the store takes, with a margin for its growth. */
  static long others(StorePaths paths) throws IOException {
    Set<Path> ours = Set.of(paths.label(), paths.lock(), paths.editions());
    List<Path> others;
    try (var entries = Files.list(paths.root())) {
      others = entries.filter(entry -> !ours.contains(entry)).toList();
    }
    long bytes = others.isEmpty() ? 0 : OTHERS_MARGIN_BYTES;
    for (Path other : others) {
      bytes += allocatedBelow(other);
    }
    return bytes;
  }

  private static long allocatedBelow(Path top) throws IOException {
    Sum sum = new Sum();
    Files.walkFileTree(top, sum);
    return sum.bytes;
  }

  private static final class Sum extends SimpleFileVisitor<Path> {
    private long bytes;

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      return visitFile(directory, attributes);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      try {
        bytes += AllocatedSize.of(file);
      } catch (IOException e) {
        // Deleted since it was listed: takes nothing.
        return FileVisitResult.CONTINUE;
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
      return FileVisitResult.CONTINUE; // what could not be listed was deleted meanwhile
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      return FileVisitResult.CONTINUE; // deleted since it was listed, or not ours to read
    }
  }
}
