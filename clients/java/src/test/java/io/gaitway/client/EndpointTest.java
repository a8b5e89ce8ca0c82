package io.gaitway.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gaitway.address.Address;
import io.gaitway.address.Endpoint;
import io.gaitway.address.Tls;
import io.gaitway.address.Token;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EndpointTest {
  private static final Path TABLE = Path.of("..", "conformance", "endpoints.json");
  private static final String SECRET = "s3cret.Token";

  static Stream<JsonNode> endpoints() throws IOException {
    return rows("endpoints");
  }

  static Stream<JsonNode> refused() throws IOException {
    return rows("refused");
  }

  private static Stream<JsonNode> rows(String name) throws IOException {
    JsonNode rows = new ObjectMapper().readTree(TABLE.toFile()).get(name);
    assertFalse(rows.isEmpty());
    return StreamSupport.stream(rows.spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("endpoints")
  void readsAndWritesWhatEveryClientDoes(JsonNode row) {
    Endpoint endpoint = Endpoint.parse(row.get("text").asText());

    Address address =
        row.has("socket")
            ? new Address.Unix(row.get("socket").asText())
            : new Address.Tcp(row.get("host").asText(), row.get("port").asInt());
    Tls tls =
        row.has("tls")
            ? new Tls(
                text(row, "ca"), text(row, "cert"), text(row, "key"), text(row, "server_name"))
            : null;
    String file = text(row, "token_file");
    assertEquals(
        new Endpoint(address, tls, file == null ? null : new Token.InFile(file)), endpoint);
    String written = row.path("written").asText(row.get("text").asText());
    assertEquals(written, endpoint.toString());
    assertEquals(endpoint, Endpoint.parse(written));
    Map<String, String> environment = Map.of(Endpoint.TOKEN_VARIABLE, SECRET);
    assertEquals(
        row.get("takes_token").asBoolean(), endpoint.tokenOr(environment) != null, written);
  }

  private static @Nullable String text(JsonNode row, String name) {
    return row.has(name) ? row.get(name).asText() : null;
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesWhatEveryClientRefuses(JsonNode row) {
    String message = refusal(() -> Endpoint.parse(row.get("text").asText()));
    assertTrue(message.contains(row.get("says").asText()), message);
    assertFalse(message.contains("s3cret"), message);
  }

  @Test
  void noTokenIsShown() {
    Endpoint endpoint = Endpoint.parse("tls://a:1").withToken(new Token.Given(SECRET));
    assertEquals("tls://a:1", endpoint.toString());
    assertFalse(String.valueOf(endpoint.token()).contains(SECRET));
    String message = refusal(() -> new Token.Given(SECRET + "\n" + SECRET));
    assertFalse(message.contains(SECRET), message);
  }

  @Test
  void noTokenIsSentInPlaintextToAnotherMachine() {
    String message =
        refusal(() -> Endpoint.parse("10.0.0.1:7447").withToken(new Token.Given(SECRET)));
    assertTrue(message.endsWith("use TLS: tls://10.0.0.1:7447"), message);
  }

  @Test
  void theOwnTokenGoesBeforeThatOfTheEnvironment() {
    Map<String, String> both =
        Map.of(Endpoint.TOKEN_VARIABLE, SECRET, Endpoint.TOKEN_FILE_VARIABLE, "/token");
    Map<String, String> file = Map.of(Endpoint.TOKEN_FILE_VARIABLE, "/token");
    Endpoint bare = Endpoint.parse("127.0.0.1:1");
    assertEquals(
        new Token.InFile("t"), Endpoint.parse("tcp://127.0.0.1:1?token_file=t").tokenOr(both));
    assertEquals(new Token.Given(SECRET), bare.tokenOr(both));
    assertEquals(new Token.InFile("/token"), bare.tokenOr(file));
    assertEquals(null, bare.tokenOr(Map.of()));
    String message = refusal(() -> bare.tokenOr(Map.of(Endpoint.TOKEN_VARIABLE, "two words")));
    assertTrue(message.startsWith("GAITWAY_TOKEN: a token must be"), message);
  }

  @Test
  void aFileIsReadAnew(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("token");
    Token token = new Token.InFile(file.toString());
    assertTrue(refusal(token::read).contains("cannot be read"));
    Files.writeString(file, SECRET + "\n");
    assertEquals(SECRET, token.read());
    Files.writeString(file, "another");
    assertEquals("another", token.read());
    Files.writeString(file, "x".repeat(100_000));
    assertTrue(refusal(token::read).contains("a token must be"));
  }

  @Test
  void anotherProcessFindsTheFiles() {
    String text = "tls://a:1?ca=c&cert=d&key=e&token_file=t";
    String here = Path.of("").toAbsolutePath() + "/";
    assertEquals(
        "tls://a:1?ca=%sc&cert=%sd&key=%se&token_file=%st".replace("%s", here),
        Endpoint.parse(text).absolute().toString());
    assertEquals("unix:" + here + "s", Endpoint.parse("unix:s").absolute().toString());
  }

  private static String refusal(Runnable action) {
    return String.valueOf(assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
