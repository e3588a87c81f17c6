package org.p2pd.http;

/** Where a response's bytes come from, as RFC 9211 says it. */
public enum CacheStatus {
  /** All of them are held here. */
  HIT("p2pd; hit", "hit"),
  /** Some are held here, others come from another node. */
  PARTIAL("p2pd; fwd=partial", "partial"),
  /** None, or not the first, is held here. */
  MISS("p2pd; fwd=miss", "miss");

  private final String field;
  private final String word;

  CacheStatus(String field, String word) {
    this.field = field;
    this.word = word;
  }

  /** The value of the Cache-Status field. */
  public String field() {
    return field;
  }

  /** For logs and metrics: hit, partial, miss. */
  public String word() {
    return word;
  }
}
