package org.p2pd.node.tomcat;

import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;

/** HTTP/1.1 over a {@link PatientEndpoint}. */
final class PatientProtocol extends Http11NioProtocol {

  private static final int RESPONSE_BUFFER_BYTES = 2 * 1024;

  private final PatientEndpoint endpoint;

  PatientProtocol(PatientEndpoint endpoint) {
    super(endpoint);
    this.endpoint = endpoint;
  }

  /** How many zero-copy sends are under way. */
  long sendsUnderWay() {
    return endpoint.sendsUnderWay();
  }

  @Override
  protected Processor createProcessor() {
    return new PatientProcessor(this, getAdapter());
  }

  /**
   * Of each response: for heads and short texts, since what is long is written past it. Each byte
   * of it costs three of heap, for it is there once more in characters.
   */
  @Override
  public int getDesiredBufferSize() {
    return RESPONSE_BUFFER_BYTES;
  }

  /** Begins the names of the threads. */
  @Override
  protected String getNamePrefix() {
    return "p2pd-http";
  }
}
