package org.p2pd.catalogue;

/** Bytes that are no valid part of a catalogue; the message says in which respect. */
public final class CatalogueFormatException extends Exception {

  private static final long serialVersionUID = 1L;

  public CatalogueFormatException(String message) {
    super(message);
  }
}
