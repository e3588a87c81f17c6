package org.p2pd.publish;

import com.google.common.base.Enums;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.StringDataType;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers which file, with which stat, is which edition, so that a restart hashes nothing again;
 * and which titles the guard withholds.
 *
 * <p>All of it can be rebuilt from the files: one that cannot be read is set aside. Confined to the
 * publishing thread, which nobody interrupts (an interrupt would close the store's file under it);
 * without background threads: {@link #commit} is called once a second.
 */
final class HashIndex implements RemovalGuard.Memory, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(HashIndex.class);
  private static final byte FORMAT = 1;
  private static final String ROOT = "root";

  /** One remembered file. Its device is not remembered: it may change with each boot. */
  record Entry(FileStat stat, DigestAlgorithm digest, Hash root, Instant fileDate) {

    /** Its edition: the known object if that is it, for there may be 100,000. */
    Edition edition(@Nullable Edition known) {
      boolean same =
          known != null
              && known.digest() == digest
              && known.lengthBytes() == stat.sizeBytes()
              && known.root().equals(root);
      return known != null && same ? known : new Edition(digest, stat.sizeBytes(), root);
    }
  }

  private final MVStore store;
  private final MVMap<String, byte[]> files;
  private final MVMap<String, String> facts;
  private final MVMap<String, String> withheld;

  private HashIndex(MVStore store) {
    this.store = store;
    this.files =
        store.openMap(
            "files",
            new MVMap.Builder<String, byte[]>()
                .keyType(StringDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE));
    this.facts = words(store, "facts");
    this.withheld = words(store, "withheld");
  }

  private static MVMap<String, String> words(MVStore store, String name) {
    return store.openMap(
        name,
        new MVMap.Builder<String, String>()
            .keyType(StringDataType.INSTANCE)
            .valueType(StringDataType.INSTANCE));
  }

  /** Opens the index; one that is damaged is renamed and a new one begun. */
  static HashIndex open(Path file) throws IOException {
    try {
      return openStore(file);
    } catch (MVStoreException | IllegalArgumentException | IllegalStateException e) {
      Path aside = file.resolveSibling(file.getFileName() + ".unreadable");
      log.warn(
          "the index of hashed files cannot be read ({}); it is now {}, all files are hashed again",
          e.getMessage(),
          aside);
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
    }
    try {
      return openStore(file);
    } catch (MVStoreException e) {
      throw new IOException("cannot make the index of hashed files " + file, e);
    }
  }

  private static HashIndex openStore(Path file) {
    MVStore store =
        new MVStore.Builder().fileName(file.toString()).autoCommitDisabled().compress().open();
    try {
      HashIndex index = new HashIndex(store);
      index.touchAllPages();
      return index;
    } catch (RuntimeException e) {
      store.closeImmediately();
      throw e;
    }
  }

  /** A damaged page shows only when it is read. */
  private void touchAllPages() {
    int read = 0;
    for (Iterator<String> paths = files.keyIterator(null); paths.hasNext(); paths.next()) {
      read++;
    }
    for (String path : withheld.keySet()) {
      log.trace("{} is withheld", path);
    }
    log.debug("{} files are remembered", read);
  }

  /** Everything remembered; entries of an unknown format are left out. */
  void forEach(BiConsumer<Title, Entry> each) {
    for (Map.Entry<String, byte[]> remembered : files.entrySet()) {
      Optional<Title> title = Title.of(remembered.getKey());
      Optional<Entry> entry = decode(remembered.getValue());
      if (title.isPresent() && entry.isPresent()) {
        each.accept(title.get(), entry.get());
      }
    }
  }

  void put(HashedFile file) {
    write(s -> files.put(file.title().path(), encode(file)));
  }

  void remove(Title title) {
    write(s -> files.remove(title.path()));
  }

  /** The titles that are withheld until they are back or accepted. */
  void forEachWithheld(BiConsumer<Title, RemovalGuard.Reason> each) {
    withheld.forEach(
        (path, name) -> {
          Optional<RemovalGuard.Reason> reason =
              Enums.getIfPresent(RemovalGuard.Reason.class, name).toJavaUtil();
          Title.of(path).ifPresent(title -> reason.ifPresent(r -> each.accept(title, r)));
        });
  }

  @Override
  public void withheld(Title title, RemovalGuard.Reason reason) {
    write(s -> withheld.put(title.path(), reason.name()));
  }

  @Override
  public void released(Title title) {
    write(s -> withheld.remove(title.path()));
  }

  /** The file system of the public directory when it was last seen whole, in this boot. */
  Optional<String> rootMark() {
    return Optional.ofNullable(facts.get(ROOT));
  }

  void rememberRoot(String mark) {
    if (!mark.equals(facts.get(ROOT))) {
      write(s -> facts.put(ROOT, mark));
    }
  }

  void commit() {
    write(MVStore::commit);
  }

  private void write(Consumer<MVStore> change) {
    try {
      change.accept(store);
    } catch (MVStoreException e) {
      // Fail open: what is not remembered is hashed again after the next start.
      log.warn("the index of hashed files cannot be written: {}", e.getMessage());
    }
  }

  private static byte[] encode(HashedFile file) {
    FileStat stat = file.stat();
    return ByteBuffer.allocate(2 + 4 * Long.BYTES + Hash.BYTES + Long.BYTES)
        .put(FORMAT)
        .put((byte) file.edition().digest().code())
        .putLong(stat.inode())
        .putLong(stat.sizeBytes())
        .putLong(stat.modifiedNanos())
        .putLong(stat.changedNanos())
        .put(file.edition().root().toBytes())
        .putLong(ChronoUnit.NANOS.between(Instant.EPOCH, file.fileDate()))
        .array();
  }

  private static Optional<Entry> decode(byte[] bytes) {
    try {
      ByteBuffer from = ByteBuffer.wrap(bytes);
      if (from.get() != FORMAT) {
        return Optional.empty();
      }
      Optional<DigestAlgorithm> digest = DigestAlgorithm.ofCode(from.get() & 0xFF);
      if (digest.isEmpty()) {
        return Optional.empty();
      }
      FileStat stat =
          new FileStat(0, from.getLong(), from.getLong(), from.getLong(), from.getLong(), 0, 0);
      if (stat.sizeBytes() < 0 || stat.sizeBytes() > Edition.MAX_LENGTH_BYTES) {
        return Optional.empty();
      }
      Hash root = Hash.read(from);
      Instant fileDate = Instant.EPOCH.plusNanos(from.getLong());
      return Optional.of(new Entry(stat, digest.get(), root, fileDate));
    } catch (BufferUnderflowException | DateTimeException e) {
      // Fail open: a file whose entry is damaged is hashed again.
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    try {
      store.close();
    } catch (MVStoreException e) {
      log.warn("the index of hashed files was not closed well: {}", e.getMessage());
    }
  }
}
