package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gaitway.address.Address;
import io.gaitway.address.Handshake;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.GetSessionRequest;
import io.gaitway.proto.v1.ListEnvironmentsRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.server.call.TimeLimit;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The serve command: what it prints, how it stops, what it refuses. */
@Timeout(60)
class ServeCommandTest {
  @Test
  void theCommandServesAndStopsCleanlyOnSigterm() throws Exception {
    Process process = serve("--metrics-port", "0", "--threads", "1");
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = String.valueOf(out.readLine());
      Matcher ports =
          Pattern.compile("gaitway serving on 127\\.0\\.0\\.1:(\\d+), metrics on (http://\\S+)")
              .matcher(line);
      assertTrue(ports.matches(), line);
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(ports.group(1)))
              .usePlaintext()
              .build();
      assertEquals(
          ServingStatus.SERVING,
          HealthGrpc.newBlockingStub(channel)
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatus());
      assertTrue(
          CatalogServiceGrpc.newBlockingStub(channel)
                  .listEnvironments(ListEnvironmentsRequest.getDefaultInstance())
                  .getEnvironmentsCount()
              >= 1);
      String metrics =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(ports.group(2) + "/metrics")).build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      assertTrue(metrics.contains("gaitway_sessions 0"), metrics);
      process.destroy();
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(143, process.exitValue());
      channel.shutdownNow();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void sessionsSurviveSigterm(@TempDir Path directory) throws Exception {
    String file = directory.resolve("sessions").toString();
    Process before = serve("--sessions", file);
    Session session;
    try {
      ManagedChannel channel = channel(before);
      session =
          EnvironmentServiceGrpc.newBlockingStub(channel)
              .createSession(CreateSessionRequest.newBuilder().setEnvironment(Rig.CART).build())
              .getSession();
      before.destroy();
      assertTrue(before.waitFor(20, TimeUnit.SECONDS));
      channel.shutdownNow();
    } finally {
      before.destroyForcibly();
    }
    Process after = serve("--sessions", file);
    try {
      ManagedChannel channel = channel(after);
      Session found =
          EnvironmentServiceGrpc.newBlockingStub(channel)
              .getSession(GetSessionRequest.newBuilder().setSessionId(session.getId()).build())
              .getSession();
      assertEquals(session.getEnvironment(), found.getEnvironment());
      channel.shutdownNow();
    } finally {
      after.destroyForcibly();
    }
  }

  private static ManagedChannel channel(Process server) throws IOException {
    String line = String.valueOf(server.inputReader(StandardCharsets.UTF_8).readLine());
    Matcher port = Pattern.compile("gaitway serving on 127\\.0\\.0\\.1:(\\d+)").matcher(line);
    assertTrue(port.matches(), line);
    return NettyChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(port.group(1)))
        .usePlaintext()
        .build();
  }

  @Test
  void theCommandStopsWithItsInputOnRequest() throws Exception {
    Process process = serve("--until-eof");
    try {
      BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
      String line = String.valueOf(output.readLine());
      assertTrue(line.matches("gaitway serving on 127\\.0\\.0\\.1:\\d+"), line);
      assertEquals(
          line.replace("gaitway serving on ", ""),
          Handshake.SERVER.read(String.valueOf(output.readLine())).toString());
      process.getOutputStream().write("still here".getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
      assertFalse(process.waitFor(200, TimeUnit.MILLISECONDS), "its input has not ended");
      process.getOutputStream().close();
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aPrivateServerIsOutOfReachOfOtherUsers() throws Exception {
    Process process = serve("--private", "--until-eof");
    Path socket;
    try {
      BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
      String line = String.valueOf(output.readLine());
      socket = Path.of(line.replace("gaitway serving on unix:", ""));
      assertEquals(
          new Address.Unix(socket.toString()).toString(),
          Handshake.SERVER.read(String.valueOf(output.readLine())).toString());
      assertEquals(
          "rwx------",
          PosixFilePermissions.toString(
              Files.getPosixFilePermissions(Objects.requireNonNull(socket.getParent()))));
      process.getOutputStream().close();
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    } finally {
      process.destroyForcibly();
    }
    assertFalse(Files.exists(Objects.requireNonNull(socket.getParent())));
  }

  @Test
  void theLogIsLinesOfJson() throws Exception {
    Process process = start(ProcessBuilder.Redirect.PIPE, "--log-format", "json");
    try (BufferedReader log = process.errorReader(StandardCharsets.UTF_8)) {
      String address = String.valueOf(process.inputReader(StandardCharsets.UTF_8).readLine());
      JsonNode started = new ObjectMapper().readTree(log.readLine());
      assertEquals("server started", started.get("msg").asText());
      int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
      try (Socket browser = new Socket(InetAddress.getLoopbackAddress(), port)) {
        browser.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        browser.getInputStream().readAllBytes();
      }
      JsonNode refused = new ObjectMapper().readTree(log.readLine());
      assertEquals("HTTP/1", refused.get("spoken").asText());
      process.toHandle().destroy(); // Leaves its output open.
      assertEquals(
          "server stopping", new ObjectMapper().readTree(log.readLine()).get("msg").asText());
      assertEquals(
          "server stopped", new ObjectMapper().readTree(log.readLine()).get("msg").asText());
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process serve(String... options) throws IOException {
    return start(ProcessBuilder.Redirect.INHERIT, options);
  }

  private static Process start(ProcessBuilder.Redirect log, String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ServeMain.class.getName(),
                "--port",
                "0"));
    command.addAll(List.of(options));
    return new ProcessBuilder(command).redirectError(log).start();
  }

  @Test
  void theCommandRefusesWhatItCannotServe() throws Exception {
    for (List<String> arguments :
        List.of(
            List.of("--port", "70000"),
            List.of("--threads", "-1"),
            List.of("--max-sessions", "0"))) {
      StringWriter err = new StringWriter();
      int code =
          new CommandLine(new ServeCommand())
              .setErr(new PrintWriter(err))
              .execute(arguments.toArray(new String[0]));
      assertEquals(2, code);
      assertFalse(err.toString().contains("\tat "), err.toString());
    }
  }

  @Test
  void timesWithoutLimitAreTimes() throws Exception {
    Process process = serve("--grace", "inf", "--lease", "1e300", "--evaluation-idle", "Infinity");
    try {
      String line = String.valueOf(process.inputReader(StandardCharsets.UTF_8).readLine());
      Matcher port = Pattern.compile("gaitway serving on 127\\.0\\.0\\.1:(\\d+)").matcher(line);
      assertTrue(port.matches(), line);
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(port.group(1)))
              .usePlaintext()
              .build();
      Session session =
          EnvironmentServiceGrpc.newBlockingStub(channel)
              .createSession(CreateSessionRequest.newBuilder().setEnvironment(Rig.CART).build())
              .getSession();
      assertEquals(TimeLimit.NONE.toSeconds(), session.getLease().getSeconds());
      channel.shutdownNow();
      process.destroy();
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(143, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  static List<Arguments> refusals() {
    String seconds = " must be a number of seconds greater than 0, or inf for no limit, but is ";
    List<Arguments> refusals = new ArrayList<>();
    for (String option : List.of("--grace", "--lease", "--evaluation-idle")) {
      for (String value : List.of("0", "-1", "-inf", "nan", "soon")) {
        refusals.add(Arguments.of(option, value, option + seconds + value));
      }
    }
    for (String option : List.of("--port", "--metrics-port")) {
      for (String value : List.of("-1", "65536")) {
        refusals.add(
            Arguments.of(option, value, option + " must be between 0 and 65535, but is " + value));
      }
    }
    for (String option :
        List.of(
            "--threads",
            "--max-sessions",
            "--max-environments",
            "--max-message-bytes",
            "--max-steps",
            "--max-evaluation-bytes")) {
      for (String value : List.of("0", "-1")) {
        refusals.add(Arguments.of(option, value, option + " must be at least 1, but is " + value));
      }
    }
    refusals.add(Arguments.of("--host", " ", "--host must be a name or an address, but is empty"));
    refusals.add(
        Arguments.of(
            "--host",
            "fe80::1%no-such-zone",
            "--host must be a name or an address of this machine, but is fe80::1%no-such-zone"));
    refusals.add(
        Arguments.of(
            "--host",
            "0.0.0.0",
            "--host 0.0.0.0 is reached from other machines, which needs TLS: give --tls-certificate"
                + " and --tls-key ('gaitway certificate' makes both), or listen on 127.0.0.1 and"
                + " have clients come by SSH: ssh -L 7447:127.0.0.1:7447"));
    refusals.add(
        Arguments.of(
            "--tls-key",
            "a.pem",
            "TLS needs both --tls-certificate and --tls-key, but --tls-certificate is not given"));
    return refusals;
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("refusals")
  void whatIsNotAllowedIsRefusedByName(String option, String value, String message) {
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new ServeCommand())
            .setErr(new PrintWriter(err))
            .execute(option + "=" + value);
    assertEquals(2, code);
    assertEquals(message, err.toString().lines().findFirst().orElse(""));
  }

  @Test
  void hostsAreReadAndShownAsClientsTakeThem() {
    assertEquals("127.0.0.1:7447", ListenHost.parse("127.0.0.1").withPort(7447));
    assertEquals("robot.example:7447", ListenHost.parse("robot.example").withPort(7447));
    for (String text : List.of("::1", "[::1]")) {
      ListenHost host = ListenHost.parse(text);
      assertEquals("[::1]:7447", host.withPort(7447));
      assertEquals("http://[::1]:9090", host.url(9090));
      assertFalse(host.socketAddress(1).isUnresolved());
      // What it prints is accepted in turn.
      assertEquals(host, ListenHost.parse("[::1]"));
    }
    for (String text : List.of("fe80::1%eth0", "[fe80::1%eth0]")) {
      assertEquals("[fe80::1%eth0]:7447", ListenHost.parse(text).withPort(7447));
      assertEquals("http://[fe80::1%25eth0]:9090", ListenHost.parse(text).url(9090));
    }
  }

  /** Runs the command, which must fail, and returns what it said. */
  private static String failure(List<String> flags, String... options) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(flags);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), ServeMain.class.getName()));
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(1, process.exitValue(), said);
      return said;
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aNativeLibraryThatCannotLoadIsNamedWithItsCause(@TempDir Path directory) throws Exception {
    String sqlite =
        failure(
            List.of("-Dorg.sqlite.tmpdir=" + directory.resolve("missing")),
            "--port=0",
            "--evaluations=" + directory.resolve("evaluations.db"));
    assertTrue(
        sqlite.contains(
            "the native library of SQLite, which keeps evaluations, cannot be loaded: No native"
                + " library found for os.name="),
        sqlite);
    String netty =
        failure(
            List.of("-Dio.netty.transport.noNative=true"), "--unix=" + directory.resolve("a.sock"));
    assertTrue(
        netty.contains(
            "the native library of Netty, which serves Unix domain sockets, cannot be loaded:"
                + " Native transport was explicit disabled with"
                + " -Dio.netty.transport.noNative=true; use a TCP port instead"),
        netty);
  }
}
