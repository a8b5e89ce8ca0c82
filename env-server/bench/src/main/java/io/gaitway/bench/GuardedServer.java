package io.gaitway.bench;

import io.gaitway.server.GaitwayServer;
import io.gaitway.server.TlsFiles;
import io.gaitway.server.Transports;
import io.gaitway.server.access.Access;
import io.gaitway.server.access.Scope;
import io.gaitway.server.access.TokenFile;
import io.gaitway.server.access.Tokens;
import io.gaitway.server.certificate.CertificateCommand;
import io.gaitway.server.metrics.MetricsEndpoint;
import io.gaitway.sim.task.Environments;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * A server as a lab runs it, with tokens and metrics, and an {@link Echo} over the same kind of
 * transport with neither.
 */
final class GuardedServer implements AutoCloseable {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Path directory;
  private final MetricsEndpoint metrics;
  private final GaitwayServer server;
  private final Server echoServer;
  private final ManagedChannel channel;
  private final ManagedChannel echo;

  private interface Transport {
    ServerBuilder<?> open(InetSocketAddress address) throws IOException;
  }

  private GuardedServer(Path directory, Transport transport, @Nullable SslContext trust)
      throws IOException {
    this.directory = directory;
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    metrics = new MetricsEndpoint(anyPort, () -> true);
    TokenFile tokens = new TokenFile(directory.resolve("tokens.json"));
    String token = tokens.create("bench", EnumSet.of(Scope.SIMULATE), null).secret();
    server =
        GaitwayServer.builder(Environments.load())
            .access(Access.tokensOnly(Tokens.of(tokens)))
            .meters(metrics.meters())
            .logsFaults(true)
            .start(transport.open(anyPort));
    echoServer =
        transport.open(anyPort).directExecutor().addService(Echo.service()).build().start();
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + token);
    channel =
        connect(server.port(), trust)
            .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
            .build();
    echo = connect(echoServer.getPort(), trust).build();
  }

  private static NettyChannelBuilder connect(int port, @Nullable SslContext trust) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress("127.0.0.1", port).directExecutor();
    return trust == null ? builder.usePlaintext() : builder.sslContext(trust);
  }

  /** In plaintext. */
  static GuardedServer plain() throws IOException {
    return new GuardedServer(Files.createTempDirectory("gaitway-bench"), Transports::tcp, null);
  }

  /** In TLS. */
  static GuardedServer tls() throws IOException {
    Path directory = Files.createTempDirectory("gaitway-bench");
    int status =
        new CommandLine(new CertificateCommand())
            .execute(directory.toString(), "--server=127.0.0.1");
    if (status != 0) {
      throw new IOException("no certificate could be made");
    }
    TlsFiles files =
        new TlsFiles(directory.resolve("server.pem"), directory.resolve("server-key.pem"), null);
    return new GuardedServer(
        directory,
        address -> Transports.tls(address, files),
        GrpcSslContexts.forClient().trustManager(directory.resolve("ca.pem").toFile()).build());
  }

  /** To the server, with a token. */
  ManagedChannel channel() {
    return channel;
  }

  /** To the echo. */
  ManagedChannel echo() {
    return echo;
  }

  @Override
  public void close() {
    channel.shutdownNow();
    echo.shutdownNow();
    echoServer.shutdownNow();
    server.close();
    metrics.close();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      System.err.println(directory + " stays: " + e.getMessage());
    }
  }
}
