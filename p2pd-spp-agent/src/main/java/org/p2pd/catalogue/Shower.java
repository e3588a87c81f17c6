package org.p2pd.catalogue;

/** Who showed a batch, or an authority's key: it decides how much a new key is believed. */
public enum Shower {
  /** The machine one step up: the first key that it shows is pinned. */
  PARENT,
  /** Anyone else: a key that only they have shown is provisional. */
  SIBLING
}
