package org.p2pd.spp;

/** What another node sent is not what SPP/1 says. Mapped to {@code bad-request} or to a refusal. */
public final class MalformedException extends Exception {

  public MalformedException(String message) {
    super(message);
  }

  public MalformedException(String message, Throwable cause) {
    super(message, cause);
  }
}
