package org.p2pd.spp.client;

/** A node vouched for something that does not verify. */
final class MismatchException extends Exception {

  MismatchException(String message) {
    super(message);
  }
}
