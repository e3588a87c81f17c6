package org.p2pd.node.tomcat;

import java.io.IOException;
import java.util.OptionalLong;
import org.apache.coyote.Adapter;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * Tells its connection when it is left with the beginning of a request head, so that a head that
 * trickles in has an end: Tomcat's own limit begins anew with each byte.
 */
final class PatientProcessor extends Http11Processor {

  PatientProcessor(AbstractHttp11Protocol<?> protocol, Adapter adapter) {
    super(protocol, adapter);
  }

  @Override
  public SocketState service(SocketWrapperBase<?> socket) throws IOException {
    if (!(socket instanceof PatientSocket patient)) {
      return super.service(socket);
    }
    OptionalLong began = patient.takeHead();
    patient.serves(request);
    int requestsBefore = requests();
    SocketState state = super.service(socket);
    if (isHeadUnderWay(state)) {
      // One that began behind a whole request has its time to itself.
      patient.awaitHead(requests() == requestsBefore ? began : OptionalLong.empty());
    }
    return state;
  }

  private int requests() {
    return request.getRequestProcessor().getRequestCount();
  }

  /** Whether the connection waits for bytes, and at least an empty line came since the last. */
  private boolean isHeadUnderWay(SocketState state) {
    boolean waits = state == SocketState.OPEN || (state == SocketState.LONG && !isAsync());
    return waits && request.getStartTimeNanos() >= 0;
  }
}
