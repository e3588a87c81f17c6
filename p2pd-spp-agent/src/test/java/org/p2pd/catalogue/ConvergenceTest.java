package org.p2pd.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.catalogue.Samples.DATE;
import static org.p2pd.catalogue.Samples.edition;
import static org.p2pd.catalogue.Samples.shown;
import static org.p2pd.catalogue.Samples.sync;
import static org.p2pd.catalogue.Samples.title;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.catalogue.Entry.Announced;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/**
 * Everything at once, by seed: changes, lost and restored server states, restarts, partial answers,
 * stray batches. In the end a cache and its child show what a plain map says.
 */
class ConvergenceTest {

  private static final int TITLES = 300;

  @TempDir Path root;

  private final NodeKey key = NodeKey.generate();
  private final Samples.Clock clock = new Samples.Clock();
  private final Map<Title, Edition> truth = new HashMap<>();
  private final Map<Title, Edition> heard = new HashMap<>();
  private Journal server;
  private Replica cache;
  private Replica child;
  private int lives;

  @Test
  void aCacheAndItsChildShowWhatIsTrue() throws IOException {
    run(1);
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(longs = {2, 3, 4, 5, 6, 7})
  void whateverTheSeed(long seed) throws IOException {
    run(seed);
  }

  private void run(long seed) throws IOException {
    Random random = new Random(seed);
    server = Journal.open(root.resolve("server"), key, clock, new Samples.HandTimer());
    cache = open("cache");
    cache.onChange(this::hear);
    child = open("child");
    server.scanComplete();
    for (int step = 0; step < 400; step++) {
      clock.now = clock.now.plusMillis(random.nextInt(2_000) - 500);
      change(random);
      if (random.nextInt(3) == 0) {
        sync(server, cache, Shower.PARENT, random.nextBoolean() ? 1 : 1 << 20);
      }
      if (random.nextInt(4) == 0) {
        sync(cache, child, Shower.PARENT, 1);
      }
      if (random.nextInt(5) == 0) {
        stray(random);
      }
      if (random.nextInt(25) == 0) {
        trouble(random);
      }
    }
    settle();
    server.close();
    cache.close();
    child.close();
  }

  private Replica open(String name) throws IOException {
    return Replica.open(
        root.resolve(name), Pin.open(root.resolve(name + ".authority"), Optional.empty()));
  }

  private void change(Random random) {
    for (int changes = random.nextInt(60); changes > 0; changes--) {
      Title title = title("/t/" + random.nextInt(TITLES));
      switch (random.nextInt(4)) {
        case 0 -> {
          server.remove(title);
          truth.remove(title);
        }
        case 1 -> server.announce(title);
        default -> {
          Edition edition = edition(random.nextInt(1_000));
          server.publish(title, edition, DATE.plusSeconds(random.nextInt(1_000_000)));
          truth.put(title, edition);
        }
      }
    }
    server.flush();
  }

  /** Someone sends a part of what it has, out of turn. */
  private void stray(Random random) {
    Position end = server.end();
    long number = random.nextLong(end.number() + 1);
    CatalogueFeed.Page page = server.since(Cursor.after(new Position(end.epoch(), number)), 1);
    cache.receive(page.batches(), Shower.SIBLING);
  }

  private void trouble(Random random) throws IOException {
    switch (random.nextInt(4)) {
      case 0 -> {
        cache.close();
        cache = open("cache");
        cache.onChange(this::hear);
      }
      case 1 -> {
        child.close();
        child = open("child");
      }
      case 2 -> {
        server.close();
        server = Journal.open(path(), key, clock, new Samples.HandTimer());
        server.scanComplete();
        server.flush();
      }
      default -> {
        server.close();
        lives++;
        clock.now = clock.now.plusSeconds(random.nextInt(20) - 10);
        server = Journal.open(path(), key, clock, new Samples.HandTimer());
        truth.keySet().forEach(server::announce);
        server.flush();
        sync(server, cache, Shower.PARENT, 1 << 20);
        truth.forEach((title, edition) -> server.publish(title, edition, DATE));
        server.scanComplete();
        server.flush();
      }
    }
  }

  private Path path() {
    return root.resolve(lives == 0 ? "server" : "server" + lives);
  }

  private void hear(List<TitleChange> changes) {
    for (TitleChange change : changes) {
      Optional<Edition> before = Optional.ofNullable(heard.get(change.title()));
      assertThat(change.before()).as("%s", change).isEqualTo(before);
      change
          .after()
          .ifPresentOrElse(e -> heard.put(change.title(), e), () -> heard.remove(change.title()));
    }
  }

  private void settle() {
    sync(server, cache);
    sync(cache, child);
    assertThat(editions(server)).isEqualTo(byPath(truth));
    assertThat(editions(cache)).isEqualTo(byPath(truth));
    assertThat(editions(child)).isEqualTo(byPath(truth));
    assertThat(byPath(heard)).isEqualTo(byPath(truth));
    assertThat(shown(cache)).isEqualTo(shown(server));
    assertThat(cache.publishedCount()).isEqualTo(truth.size());
    for (int i = 0; i < 1_000; i++) {
      assertThat(cache.edition(edition(i).id()).isPresent())
          .isEqualTo(truth.containsValue(edition(i)));
    }
    assertThat(announced(cache)).isEqualTo(announced(server));
    cache.published().stream()
        .limit(20)
        .forEach(
            p ->
                assertThat(cache.signedEntry(p.title()).orElseThrow().isSignedBy(key.publicKey()))
                    .isTrue());
  }

  private static long announced(StoredCatalogue catalogue) {
    return catalogue.titles.entriesOfThisEpoch().stream()
        .filter(e -> e instanceof Announced)
        .count();
  }

  private static Map<String, Edition> editions(Catalogue catalogue) {
    Map<String, Edition> editions = new TreeMap<>();
    catalogue.published().forEach(p -> editions.put(p.title().path(), p.edition()));
    return editions;
  }

  private static Map<String, Edition> byPath(Map<Title, Edition> titles) {
    Map<String, Edition> byPath = new TreeMap<>();
    titles.forEach((title, edition) -> byPath.put(title.path(), edition));
    return byPath;
  }
}
