package org.p2pd.catalogue;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of a node's catalogue files, one a generation: {@code 00000001.log} … A new epoch,
 * or a checkpoint, begins a new generation; it is written as {@code catalogue.part} and gets its
 * name when it is whole. Older generations are deleted when nothing is left that only they know.
 */
final class LogDirectory {

  private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);
  private static final Pattern NAME = Pattern.compile("([0-9]{8})\\.log");
  private static final String PART = "catalogue.part";

  private final Path directory;
  private final Allowance allowance;

  private LogDirectory(Path directory, Allowance allowance) {
    this.directory = directory;
    this.allowance = allowance;
  }

  static LogDirectory open(Path directory) throws IOException {
    return open(directory, Allowance.UNLIMITED);
  }

  /**
   * @param allowance asked before a file grows; what is deleted is found to be gone
   */
  static LogDirectory open(Path directory, Allowance allowance) throws IOException {
    Files.createDirectories(directory);
    Files.deleteIfExists(directory.resolve(PART)); // left by a process that was killed
    return new LogDirectory(directory, allowance);
  }

  /** The files that there are, oldest generation first. */
  List<Path> generations() throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      files.filter(f -> NAME.matcher(f.getFileName().toString()).matches()).forEach(found::add);
    }
    found.sort(null);
    return found;
  }

  /** Reads a generation as {@link CatalogueLog#load} does. */
  CatalogueLog.Loaded load(Path generation, Consumer<Entry> entries) throws IOException {
    return CatalogueLog.load(generation, allowance, entries);
  }

  /** Begins what may become a new generation, in place of an earlier attempt. */
  CatalogueLog newPart() throws IOException {
    return CatalogueLog.create(directory.resolve(PART), allowance);
  }

  /**
   * Writes a new generation and makes it the newest.
   *
   * @param journalOf whose journal is copied behind the batches, from that number on
   */
  CatalogueLog write(List<Batch> batches, Optional<CatalogueLog> journalOf, long fromNumber)
      throws IOException {
    CatalogueLog part = newPart();
    try {
      for (Batch batch : batches) {
        part.append(batch, false);
      }
      if (journalOf.isPresent()) {
        part.appendJournalOf(journalOf.get(), fromNumber);
      }
      adopt(part);
      return part;
    } catch (IOException e) {
      part.close();
      throw e;
    }
  }

  /** Makes the part the newest generation; it survives a power failure. */
  void adopt(CatalogueLog part) throws IOException {
    List<Path> before = generations();
    int newest = before.isEmpty() ? 0 : generation(before.get(before.size() - 1));
    part.file().force();
    part.file().rename(directory.resolve(String.format("%08d.log", newest + 1)));
    try (FileChannel names = FileChannel.open(directory, READ)) {
      names.force(true);
    } catch (IOException e) {
      // The file has its name; not every file system lets one wait until that is on the disk.
      LOG.debug("{} cannot be forced: {}", directory, e.toString());
    }
  }

  /** Deletes all generations but that one. */
  void deleteAllBut(Path kept) {
    deleteIf(file -> !file.getFileName().equals(kept.getFileName()));
  }

  /** Deletes one generation. */
  void delete(Path generation) {
    deleteIf(file -> file.getFileName().equals(generation.getFileName()));
  }

  void deleteAll() {
    deleteIf(file -> true);
  }

  private void deleteIf(Predicate<Path> unwanted) {
    try {
      for (Path file : generations()) {
        if (unwanted.test(file)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      // It says nothing that a newer one does not overrule, and goes the next time.
      LOG.warn("an old catalogue file in {} cannot be deleted: {}", directory, e.toString());
    }
  }

  private static int generation(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    if (!name.matches()) {
      throw new IllegalArgumentException(file + " is no generation");
    }
    return Integer.parseInt(name.group(1));
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
