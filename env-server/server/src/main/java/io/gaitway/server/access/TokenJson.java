package io.gaitway.server.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Tokens in JSON: {@code {"tokens": [{"id": …, "owner": …, "scopes": […], "sha256": …}]}}. */
final class TokenJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TokenJson() {}

  /**
   * Reads what {@link #write} writes.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static List<Token> read(byte[] bytes) {
    JsonNode root;
    try {
      root = JSON.readTree(bytes);
    } catch (IOException e) {
      throw new IllegalArgumentException("it is not JSON", e);
    }
    JsonNode listed = root.path("tokens");
    if (!listed.isArray()) {
      throw new IllegalArgumentException("it has no list of tokens");
    }
    List<Token> tokens = new ArrayList<>();
    for (JsonNode each : listed) {
      tokens.add(token(each));
    }
    return List.copyOf(tokens);
  }

  private static Token token(JsonNode node) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    node.path("scopes").forEach(word -> scopes.add(Scope.parse(word.asText())));
    return new Token(
        node.path("id").asText(),
        node.path("owner").asText(),
        scopes,
        node.path("sha256").asText(),
        instant(node, "created"),
        node.has("expires") ? instant(node, "expires") : null);
  }

  private static Instant instant(JsonNode node, String field) {
    try {
      return Instant.parse(node.path(field).asText());
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(field + " must be a time such as 2026-11-29T12:00:00Z", e);
    }
  }

  static byte[] write(List<Token> tokens) {
    ObjectNode root = JSON.createObjectNode();
    var listed = root.putArray("tokens");
    for (Token token : tokens) {
      ObjectNode node = listed.addObject();
      node.put("id", token.id()).put("owner", token.owner());
      var scopes = node.putArray("scopes");
      token.scopes().stream().sorted().forEach(scope -> scopes.add(scope.word()));
      node.put("sha256", token.sha256()).put("created", token.created().toString());
      Instant expires = token.expires();
      if (expires != null) {
        node.put("expires", expires.toString());
      }
    }
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a tree of texts can be written", e);
    }
  }
}
