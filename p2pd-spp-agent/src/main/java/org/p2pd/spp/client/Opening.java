package org.p2pd.spp.client;

/** What came of opening a session. */
sealed interface Opening {

  record Open(ClientSession session) implements Opening {}

  record Failed(Trouble trouble, String detail) implements Opening {}
}
