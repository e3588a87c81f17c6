package org.p2pd.publish;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Title;

/**
 * Which files have which edition. Changed by the publishing thread, asked by everyone; every answer
 * looks at the file's stat first.
 */
final class Editions {

  /** Told of a title whose file is no longer what it was. Must not wait. */
  private final Consumer<Title> changed;

  private final ConcurrentHashMap<EditionId, List<HashedFile>> files = new ConcurrentHashMap<>();
  private final Set<HashedFile> spoiled = ConcurrentHashMap.newKeySet();

  Editions(Consumer<Title> changed) {
    this.changed = changed;
  }

  /** A file that has the edition, most likely or surely. */
  record Usable(HashedFile file, boolean sure) {}

  void add(HashedFile file) {
    files.compute(
        file.edition().id(),
        (id, before) ->
            Stream.concat(before == null ? Stream.empty() : before.stream(), Stream.of(file))
                .toList());
  }

  /** Takes a file away; true if none is left that has its edition. */
  boolean remove(HashedFile file) {
    spoiled.remove(file);
    List<HashedFile> rest =
        files.computeIfPresent(
            file.edition().id(), (id, before) -> nullIfEmpty(without(before, file)));
    return rest == null;
  }

  /** Puts a file in the place of one with the same edition, so that no reader misses both. */
  void replace(HashedFile old, HashedFile file) {
    spoiled.remove(old);
    files.compute(
        file.edition().id(),
        (id, before) ->
            Stream.concat(
                    without(before == null ? List.of() : before, old).stream(), Stream.of(file))
                .toList());
  }

  private static List<HashedFile> without(List<HashedFile> all, HashedFile file) {
    return all.stream().filter(f -> !f.equals(file)).toList();
  }

  private static @Nullable List<HashedFile> nullIfEmpty(List<HashedFile> rest) {
    return rest.isEmpty() ? null : rest;
  }

  /** A file with the edition whose stat is the same as when it was hashed, or nearly. */
  Optional<Usable> usable(Edition edition) {
    Optional<Usable> doubtful = Optional.empty();
    for (HashedFile file : files.getOrDefault(edition.id(), List.of())) {
      if (spoiled.contains(file)) {
        continue;
      }
      switch (likeness(file)) {
        case SAME -> {
          return Optional.of(new Usable(file, true));
        }
        case DOUBTFUL -> {
          changed.accept(file.title());
          doubtful = Optional.of(new Usable(file, false));
        }
        case DIFFERENT -> changed.accept(file.title());
      }
    }
    return doubtful;
  }

  static FileStat.Likeness likeness(HashedFile file) {
    try {
      return file.stat().compareTo(FileStat.of(file.file()));
    } catch (IOException e) {
      return FileStat.Likeness.DIFFERENT; // gone or out of reach: the next look says which
    }
  }

  /** Sends nothing of that file any more, until it was hashed again; true the first time. */
  boolean spoil(HashedFile file) {
    return files.getOrDefault(file.edition().id(), List.of()).contains(file) && spoiled.add(file);
  }

  /** Whether any file has, or had a moment ago, the edition. */
  boolean has(EditionId id) {
    return files.containsKey(id);
  }
}
