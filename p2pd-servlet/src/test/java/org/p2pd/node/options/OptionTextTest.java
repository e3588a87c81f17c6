package org.p2pd.node.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class OptionTextTest {

  @Test
  void splitsByWhiteSpace() throws UsageException {
    assertThat(OptionText.split(" -i\t-p  /m\n-P 1\n", "t"))
        .containsExactly("-i", "-p", "/m", "-P", "1");
    assertThat(OptionText.split("", "t")).isEmpty();
  }

  @Test
  void quotesHoldWordsTogether() throws UsageException {
    assertThat(OptionText.split("'a b' \"c \\\" d\" e'f g'h ''", "t"))
        .containsExactly("a b", "c \" d", "ef gh", "");
    assertThat(OptionText.split("'\\n' a\\ b", "t")).containsExactly("\\n", "a b");
  }

  @Test
  void commentsBeginAtAWord() throws UsageException {
    assertThat(OptionText.split("a # b 'c\nd#e '#'", "t")).containsExactly("a", "d#e", "#");
  }

  @Test
  void unfinishedTextIsNamed() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> OptionText.split("-p 'abc", "P2PD_OPTIONS"))
        .withMessage("P2PD_OPTIONS: the quote before \"abc\" is never closed; close it");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> OptionText.split("a\\", "P2PD_OPTIONS"))
        .withMessageContaining("backslash");
  }
}
