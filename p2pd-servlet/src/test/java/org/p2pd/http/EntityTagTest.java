package org.p2pd.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntityTagTest {

  private static final EntityTag STRONG = new EntityTag(false, "1");
  private static final EntityTag WEAK = new EntityTag(true, "1");

  @Test
  void comparesAsTheTableOfRfc9110Says() {
    assertThat(WEAK.matchesStrongly(WEAK)).isFalse();
    assertThat(WEAK.matchesWeakly(WEAK)).isTrue();
    assertThat(WEAK.matchesWeakly(new EntityTag(true, "2"))).isFalse();
    assertThat(WEAK.matchesStrongly(STRONG)).isFalse();
    assertThat(WEAK.matchesWeakly(STRONG)).isTrue();
    assertThat(STRONG.matchesStrongly(STRONG)).isTrue();
    assertThat(STRONG.matchesWeakly(STRONG)).isTrue();
  }

  @Test
  void readsLists() {
    assertThat(EntityTag.parseList(" \"1\" ,W/\"1\",, \"a,b\"\t"))
        .containsExactly(STRONG, WEAK, new EntityTag(false, "a,b"));
    assertThat(EntityTag.parseList("\"\"")).containsExactly(new EntityTag(false, ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",", "abc", "\"abc", "W/abc", "w/\"1\"", "'1'", "\"a b\"", "\""})
  void readsNothingFromWhatIsNone(String field) {
    assertThat(EntityTag.parseList(field)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {"\"1\", \"2\" | false", "\"1\" | true", "W/\"1\" | true", "abc | false"})
  void aSingleTagStandsAlone(String field, boolean single) {
    assertThat(EntityTag.parse(field).isPresent()).isEqualTo(single);
  }

  @Test
  void writesWhatItRead() {
    assertThat(WEAK).hasToString("W/\"1\"");
    assertThat(STRONG).hasToString("\"1\"");
  }
}
