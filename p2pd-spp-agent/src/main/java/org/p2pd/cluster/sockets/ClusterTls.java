package org.p2pd.cluster.sockets;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.p2pd.spp.Secret;

/**
 * TLS 1.3 between nodes that know one secret: both sides show the key of their first secret, and
 * take the key of any that they accept. No host names, no dates, no authorities, no files.
 * Thread-safe.
 */
final class ClusterTls {

  private static final String[] VERSIONS = {"TLSv1.3"};

  private final SSLContext context;

  private ClusterTls(SSLContext context) {
    this.context = context;
  }

  /**
   * @param secrets at least one; the first is spoken, all are accepted
   */
  static ClusterTls of(List<Secret> secrets) {
    List<ClusterKey> keys = secrets.stream().map(ClusterKey::of).toList();
    Set<PublicKey> trusted =
        keys.stream().map(ClusterKey::publicKey).collect(Collectors.toUnmodifiableSet());
    ClusterKey spoken = keys.get(0);
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          new KeyManager[] {new OneKey(spoken.privateKey(), SelfSigned.of(spoken))},
          new TrustManager[] {new KnownKeys(trusted)},
          null);
      return new ClusterTls(context);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime lacks TLS", e);
    }
  }

  /** The calling side over a connection, before its handshake; it asks for one protocol. */
  SSLSocket calling(Socket connection, String protocol) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(
                    connection,
                    connection.getInetAddress().getHostAddress(),
                    connection.getPort(),
                    true);
    socket.setUseClientMode(true);
    SSLParameters parameters = parameters(socket);
    parameters.setApplicationProtocols(new String[] {protocol});
    socket.setSSLParameters(parameters);
    return socket;
  }

  /**
   * The called side over a connection, before its handshake.
   *
   * @param consumed what of the connection was read already
   */
  SSLSocket called(Socket connection, InputStream consumed, Predicate<String> knownProtocol)
      throws IOException {
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(connection, consumed, true);
    socket.setUseClientMode(false);
    SSLParameters parameters = parameters(socket);
    parameters.setNeedClientAuth(true);
    socket.setSSLParameters(parameters);
    socket.setHandshakeApplicationProtocolSelector(
        (unused, offered) -> offered.stream().filter(knownProtocol).findFirst().orElse(null));
    return socket;
  }

  private static SSLParameters parameters(SSLSocket socket) {
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(VERSIONS);
    return parameters;
  }

  /** Shows the one key to whoever asks. */
  private static final class OneKey extends X509ExtendedKeyManager {

    private static final String ALIAS = "cluster";

    private final PrivateKey key;
    private final X509Certificate certificate;

    OneKey(PrivateKey key, X509Certificate certificate) {
      this.key = key;
      this.certificate = certificate;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
      return List.of(keyTypes).contains(key.getAlgorithm()) ? ALIAS : null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, Socket socket) {
      return keyType.equals(key.getAlgorithm()) ? ALIAS : null;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {certificate};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return key;
    }
  }

  /** Takes a key that it knows; that the other has the private half, TLS itself makes sure. */
  private static final class KnownKeys extends X509ExtendedTrustManager {

    private final Set<PublicKey> known;

    KnownKeys(Set<PublicKey> known) {
      this.known = known;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (chain.length == 0 || !known.contains(chain[0].getPublicKey())) {
        throw new CertificateException("the other node has another secret");
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String how)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String how, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String how, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String how)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String how, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String how, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
