package org.p2pd.content;

/** How soon bytes are wanted, most urgent first; inherited by the requests made on their behalf. */
public enum Urgency {
  PLAY_HEAD("play-head"),
  READ_AHEAD("read-ahead"),
  RELAY("relay"),
  WARMING("warming");

  private final String wireName;

  Urgency(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }
}
