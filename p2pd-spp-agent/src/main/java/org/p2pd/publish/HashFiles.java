package org.p2pd.publish;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Hash;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where hash files lie in the state directory: finished ones by edition ({@code hashes/ab/…}),
 * unfinished ones by title ({@code unfinished/…}).
 */
final class HashFiles {

  private static final Logger log = LoggerFactory.getLogger(HashFiles.class);

  private final Path finished;
  private final Path unfinished;

  HashFiles(Path directory) throws IOException {
    this.finished = Files.createDirectories(directory.resolve("hashes"));
    this.unfinished = Files.createDirectories(directory.resolve("unfinished"));
  }

  Path of(Edition edition) {
    String name = edition.id().hash().toHex();
    return finished.resolve(name.substring(0, 2)).resolve(name);
  }

  Path unfinished(Title title) {
    return unfinished.resolve(Hashing.sha256().hashBytes(title.toUtf8()).toString());
  }

  /** Gives an unfinished hash file its final place. */
  void finish(Title title, Edition edition) throws IOException {
    Path target = of(edition);
    Files.createDirectories(target.getParent());
    Files.move(unfinished(title), target, StandardCopyOption.ATOMIC_MOVE);
  }

  void forget(Edition edition) {
    delete(of(edition));
  }

  void forgetUnfinished(Title title) {
    delete(unfinished(title));
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // An orphan costs space only until the next start sweeps it away.
      log.warn("{} is needed no more and could not be deleted: {}", path, e.toString());
    }
  }

  /** Deletes the hash files of all other editions. */
  void sweep(Predicate<EditionId> kept) {
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(finished)) {
      for (Path directory : directories) {
        sweep(directory, kept);
      }
    } catch (IOException e) {
      log.warn("{} could not be cleared of what is needed no more: {}", finished, e.toString());
    }
  }

  private static void sweep(Path directory, Predicate<EditionId> kept) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        boolean needed =
            Hash.ofHex(file.getFileName().toString()).map(EditionId::new).filter(kept).isPresent();
        if (!needed) {
          delete(file);
        }
      }
    }
  }

  /** Deletes all that was left by hashings that are not under way. */
  void sweepUnfinished(Set<Title> underWay) {
    Set<Path> kept = underWay.stream().map(this::unfinished).collect(Collectors.toSet());
    try (DirectoryStream<Path> files = Files.newDirectoryStream(unfinished)) {
      for (Path file : files) {
        if (!kept.contains(file)) {
          delete(file);
        }
      }
    } catch (IOException e) {
      log.warn("{} could not be cleared of what is needed no more: {}", unfinished, e.toString());
    }
  }
}
