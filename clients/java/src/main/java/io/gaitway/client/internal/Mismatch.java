package io.gaitway.client.internal;

import io.gaitway.address.Address;
import io.gaitway.address.Endpoint;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Recognises a server that speaks something else than its client, and says what to do. */
final class Mismatch {
  /** How Netty tells the beginning of an answer that is not HTTP/2. */
  private static final String NOT_HTTP2 = "First received frame was not SETTINGS. Hex dump";

  /** {@code HTTP}, in hexadecimal digits. */
  private static final String HTTP1 = "48545450";

  private static final int PROBE_MILLIS = 2000;

  private Mismatch() {}

  /** Whether the answer was none that HTTP/2 knows, of which gRPC makes an internal error. */
  static boolean isOtherProtocol(Status status) {
    return find(status, NOT_HTTP2) != null;
  }

  /** What is wrong, as a sentence; null if nothing is known to be. */
  static @Nullable String of(Status status, Target target) {
    if (find(status, HTTP1) != null && isOtherProtocol(status)) {
      return ("the server at %s speaks HTTP/1, so it is no Gaitway server, or this is its port of"
              + " metrics; write the port that gaitway serve names")
          .formatted(target);
    }
    for (Throwable t = status.getCause(); t != null; t = t.getCause()) {
      if (t.getClass().getSimpleName().equals("NotSslRecordException")) {
        return "the server at %s does not speak TLS; write %s without tls://"
            .formatted(target, plain(target));
      }
      if (t instanceof SSLException || t instanceof CertificateException) {
        return ("TLS with the server at %s failed (%s); name the certificate of who vouches for it by"
                + " ?ca=FILE, its name by server_name=NAME if that is not the host's, and your own"
                + " certificate by cert=FILE&key=FILE if it asks for one")
            .formatted(target, Errors.rootWords(status.getCause(), ""));
      }
    }
    return null;
  }

  /**
   * What is wrong with a server that broke a plaintext connection without ever having answered;
   * null if it does not speak TLS either.
   */
  static @Nullable String ofSilence(Target target) {
    if (target instanceof Target.Remote remote
        && remote.endpoint().tls() == null
        && remote.endpoint().address() instanceof Address.Tcp tcp
        && speaksTls(tcp)) {
      return "the server at %s speaks TLS; write tls://%s, and ?ca=FILE behind it if its certificate is not from a public authority"
          .formatted(target, tcp);
    }
    return null;
  }

  private static boolean speaksTls(Address.Tcp tcp) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(tcp.host(), tcp.port()), PROBE_MILLIS);
      socket.setSoTimeout(PROBE_MILLIS);
      SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
      try (SSLSocket tls =
          (SSLSocket) factory.createSocket(socket, tcp.host(), tcp.port(), false)) {
        tls.startHandshake();
        return true;
      }
    } catch (SSLHandshakeException e) {
      // It sent a certificate that is not trusted here, or asked for one.
      return !String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("terminated");
    } catch (IOException e) {
      return false;
    }
  }

  private static String plain(Target target) {
    return target instanceof Target.Remote remote
        ? new Endpoint(remote.endpoint().address()).toString()
        : target.toString();
  }

  private static @Nullable String find(Status status, String words) {
    for (Throwable t = status.getCause(); t != null; t = t.getCause()) {
      String message = t.getMessage();
      if (message != null && message.contains(words)) {
        return message;
      }
    }
    return null;
  }
}
