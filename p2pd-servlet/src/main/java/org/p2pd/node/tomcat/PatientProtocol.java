package org.p2pd.node.tomcat;

import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;

/** HTTP/1.1 over a {@link PatientEndpoint}. */
final class PatientProtocol extends Http11NioProtocol {

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

  /** Begins the names of the threads. */
  @Override
  protected String getNamePrefix() {
    return "p2pd-http";
  }
}
