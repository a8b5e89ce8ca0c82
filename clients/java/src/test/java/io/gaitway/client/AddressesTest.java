package io.gaitway.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.address.Address;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.server.GaitwayServer;
import io.gaitway.server.Transports;
import io.gaitway.sim.task.Environments;
import io.grpc.ServerBuilder;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real servers at every kind of address. */
@Timeout(60)
class AddressesTest {

  private static GaitwayServer start(ServerBuilder<?> transport) throws IOException {
    return GaitwayServer.builder(Environments.load()).start(transport);
  }

  private static void assertAnswers(Address address) {
    try (GaitwayClient client = GaitwayClient.connect(address.toString())) {
      assertTrue(client.serverInfo().server().startsWith("gaitway"));
      assertEquals(address.toString(), client.target());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"h#1.sock", "p%41.sock", "q?x=1.sock", "a b.sock", "ü.sock", "日本語.sock"})
  void everyPathIsAPath(String name, @TempDir Path folder) throws IOException {
    Path socket = folder.resolve(name);
    try (GaitwayServer server = start(Transports.unix(socket))) {
      assertEquals(-1, server.port());
      assertAnswers(new Address.Unix(socket.toString()));
    }
  }

  @Test
  void aPathMayBeRelative(@TempDir Path folder) throws IOException {
    Path socket = folder.resolve("relative.sock");
    try (GaitwayServer server = start(Transports.unix(socket))) {
      assertEquals(-1, server.port());
      Path here = Path.of("").toAbsolutePath();
      assertAnswers(new Address.Unix(here.relativize(socket).toString()));
    }
  }

  @Test
  void anIpv6AddressMayHaveAZone() throws IOException {
    NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
    // Whether this machine has the address or not, nobody is at this port of it.
    assertNobodyAnswers("[::1]:1", "gaitway serve --host ::1 --port 1");
    if (loopback.inetAddresses().noneMatch(Inet6Address.class::isInstance)) {
      return;
    }
    assertNobodyAnswers(
        "[::1%" + loopback.getName() + "]:1",
        "gaitway serve --host ::1%" + loopback.getName() + " --port 1");
    try (GaitwayServer server = start(Transports.tcp(new InetSocketAddress("::1", 0)))) {
      assertAnswers(new Address.Tcp("::1", server.port()));
      assertAnswers(new Address.Tcp("::1%" + loopback.getName(), server.port()));
      assertAnswers(new Address.Tcp("::1%" + loopback.getIndex(), server.port()));
    }
  }

  @Test
  void aZoneThatIsNotThereIsNamed() {
    GaitwayClient.Builder builder = GaitwayClient.builder().target("[fe80::1%no-such0]:7447");
    IllegalArgumentException fault = assertThrows(IllegalArgumentException.class, builder::build);
    assertEquals(
        "address [fe80::1%no-such0]:7447 is in zone no-such0, but this machine has no network"
            + " interface of that name",
        fault.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "unix:/no/such/g.sock, gaitway serve --unix /no/such/g.sock",
    "unix:/no/such/it's.sock, gaitway serve --unix '/no/such/it'\\''s.sock'",
    "127.0.0.1:1, gaitway serve --host 127.0.0.1 --port 1"
  })
  void whereNobodyIsTheMessageSaysHowToStartAServer(String address, String command) {
    assertNobodyAnswers(address, command);
  }

  private static void assertNobodyAnswers(String address, String command) {
    try (GaitwayClient client = GaitwayClient.connect(address)) {
      UnavailableException e = assertThrows(UnavailableException.class, client::serverInfo);
      assertTrue(
          e.getMessage().startsWith("no Gaitway server answers at " + address), e.getMessage());
      assertTrue(e.getMessage().endsWith("; start one with: " + command), e.getMessage());
    }
  }
}
