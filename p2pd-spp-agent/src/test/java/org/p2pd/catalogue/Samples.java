package org.p2pd.catalogue;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Title;

/** Titles, editions, keys and a hand-driven clock and timer for the tests of this package. */
final class Samples {

  static final Instant DATE = Instant.ofEpochSecond(1_700_000_000L);

  private Samples() {}

  static Title title(String path) {
    return new Title(path);
  }

  /** An edition that is told from others by its number. */
  static Edition edition(long number) {
    byte[] content = ("edition " + number).getBytes(UTF_8);
    return new Edition(
        DigestAlgorithm.SHA_256,
        1_000_000 + number,
        Hash.of(DigestAlgorithm.SHA_256.newDigest().digest(content)));
  }

  static Entry.Published published(long number, String path) {
    return new Entry.Published(
        number, new PublishedTitle(title(path), edition(number), DATE.plusSeconds(number)));
  }

  /** The key of RFC 8032 section 7.1, test 1: its signatures are the same everywhere. */
  static NodeKey rfcKey(Path directory) {
    HexFormat hex = HexFormat.of();
    String pkcs8 =
        "302e020100300506032b657004220420"
            + "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    String x509 =
        "302a300506032b6570032100"
            + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    Path file = directory.resolve("rfc8032.key");
    try {
      Files.writeString(
          file, pem("PRIVATE KEY", hex.parseHex(pkcs8)) + pem("PUBLIC KEY", hex.parseHex(x509)));
      return NodeKey.loadOrCreate(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getEncoder().encodeToString(der), label);
  }

  /** All that a catalogue shows, by path. */
  static Map<String, PublishedTitle> shown(Catalogue catalogue) {
    Map<String, PublishedTitle> shown = new TreeMap<>();
    catalogue.published().forEach(p -> shown.put(p.title().path(), p));
    return shown;
  }

  /** Asks the source until it has nothing more, as an asker does; the number of answers. */
  static int sync(CatalogueFeed source, Replica replica, Shower shower, int maxBytes) {
    for (int answers = 0; answers < 10_000; answers++) {
      replica.newestHeader().ifPresent(source::heard);
      CatalogueFeed.Page page = source.since(replica.cursor(), maxBytes);
      if (page.isEmpty()) {
        return answers;
      }
      Receipt receipt = replica.receive(page.batches(), shower);
      if (receipt instanceof Receipt.Refused) {
        throw new AssertionError(receipt);
      }
    }
    throw new AssertionError("no end at " + replica.cursor());
  }

  static int sync(CatalogueFeed source, Replica replica) {
    return sync(source, replica, Shower.PARENT, 4 << 20);
  }

  /** A clock that stands where it is put. */
  static final class Clock implements InstantSource {
    Instant now = DATE;

    @Override
    public Instant instant() {
      return now;
    }
  }

  /** Keeps tasks until the test runs them. */
  static final class HandTimer implements FlushTimer {
    final Queue<Runnable> tasks = new ArrayDeque<>();
    Duration lastDelay = Duration.ZERO;
    boolean closed;

    @Override
    public void after(Duration delay, Runnable task) {
      lastDelay = delay;
      tasks.add(task);
    }

    /** Runs what is waiting now. */
    void run() {
      for (int waiting = tasks.size(); waiting > 0; waiting--) {
        tasks.remove().run();
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
