package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files in which a cache keeps one edition, for those who tamper with them. The layout is that
 * of the store's package documentation, format 1.
 */
public final class StoredEdition {

  private static final int SEAL_OFFSET = 128;
  private static final int SLOTS_OFFSET = 512;
  private static final int SLOT_BYTES = 32;

  private final Path directory;

  private StoredEdition(Path directory) {
    this.directory = directory;
  }

  /** The edition that a cache answers for that title with, of which it must hold something. */
  public static StoredEdition of(Node cache, String title) {
    String tag = Viewer.shared().head(cache, title).header("ETag").replace("\"", "");
    String id = HexFormat.of().formatHex(Base64.getUrlDecoder().decode(tag));
    Path store = cache.state().getParent();
    return new StoredEdition(store.resolve("editions").resolve(id.substring(0, 2)).resolve(id));
  }

  /** The files with blocks' bytes, in the order of their names. */
  public List<Path> data() {
    return named(".data");
  }

  /** Their sidecars with the blocks' hashes. */
  public List<Path> slots() {
    return named(".slots");
  }

  /** The upper hashes of a large edition. */
  public Path tree() {
    return directory.resolve("tree");
  }

  /** Waits until the cache considers all that it holds of this edition as quiet. */
  public void awaitSealed() {
    Waiting.until(
        "sealed: " + directory,
        () ->
            !slots().isEmpty()
                && slots().stream().allMatch(s -> Media.read(s, SEAL_OFFSET + 3, 1)[0] != 0));
  }

  /** Replaces a block's hash. */
  public static void forgeSlot(Path sidecar, int block, byte[] hash) {
    try (FileChannel channel = FileChannel.open(sidecar, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(hash), SLOTS_OFFSET + (long) block * SLOT_BYTES);
    } catch (IOException e) {
      throw new UncheckedIOException(sidecar.toString(), e);
    }
  }

  private List<Path> named(String end) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(f -> f.toString().endsWith(end)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(directory.toString(), e);
    }
  }
}
