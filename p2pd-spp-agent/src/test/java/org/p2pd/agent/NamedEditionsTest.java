package org.p2pd.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.catalogue.Journal;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Title;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.server.Editions.Found;

class NamedEditionsTest {

  private static final Title TITLE = new Title("/movie.mpg");

  private final Edition one = TestEdition.random(1_000, 1).edition;
  private final Edition other = TestEdition.random(2_000, 2).edition;
  private final Map<EditionId, Edition> held = new ConcurrentHashMap<>();
  private @TempDir Path directory;
  private Journal journal;

  @BeforeEach
  void open() throws Exception {
    journal = Journal.open(directory, NodeKey.generate(), InstantSource.system());
    publish(one);
  }

  @AfterEach
  void close() {
    journal.close();
  }

  private void publish(Edition edition) {
    journal.publish(TITLE, edition, Instant.EPOCH);
    journal.scanComplete();
    journal.flush();
  }

  private NamedEditions ofCache() {
    return NamedEditions.ofCache(journal, id -> Optional.ofNullable(held.get(id)));
  }

  @Test
  void thoseThatTitlesNameAreKnown() {
    assertThat(ofCache().find(one.id())).isEqualTo(new Found.Known(one));
    assertThat(NamedEditions.ofServer(journal).find(one.id())).isEqualTo(new Found.Known(one));
    assertThat(ofCache().find(other.id())).isEqualTo(new Found.Unknown());
  }

  @Test
  void ofACacheFormerOnesAreKnownAndOfAServerGone() {
    NamedEditions cache = ofCache();
    NamedEditions server = NamedEditions.ofServer(journal);
    publish(other);
    assertThat(cache.find(one.id())).isEqualTo(new Found.Known(one));
    assertThat(server.find(one.id())).isEqualTo(new Found.Gone());
  }

  /** A child's viewer of the former edition goes on although the cache was restarted. */
  @Test
  void whatIsHeldIsKnownAlsoWhenNoTitleNamesItAndNobodyRemembers() {
    held.put(other.id(), other);
    assertThat(ofCache().find(other.id())).isEqualTo(new Found.Known(other));
  }
}
