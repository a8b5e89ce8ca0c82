package io.gaitway.server.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file of tokens. */
class TokenFileTest {
  @TempDir private Path directory = Path.of("");

  private TokenFile file() {
    return new TokenFile(directory.resolve("deep").resolve("tokens.json"));
  }

  @Test
  void keepsHashesThatOnlyItsOwnerReads() throws Exception {
    TokenFile file = file();
    assertEquals(List.of(), file.read());
    TokenFile.Minted first = file.create("ann", Set.of(Scope.SIMULATE, Scope.WATCH), null);
    TokenFile.Minted second = file.create("ann", Set.of(Scope.ADMIN), Duration.ofDays(90));
    assertNotEquals(first.secret(), second.secret());
    assertTrue(first.secret().length() > 40, "at least 128 bits");
    assertEquals(List.of(first.token(), second.token()), file.read());
    assertFalse(Files.readString(file.path()).contains(first.secret()));
    assertEquals(first.token().sha256(), Secrets.hash(first.secret()));
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())));

    assertEquals(first.token(), file.revoke(first.token().id()).orElseThrow());
    assertTrue(file.revoke(first.token().id()).isEmpty());
    assertEquals(List.of(second.token()), file.read());
  }

  @Test
  void refusesWhatOthersCanUse() throws Exception {
    TokenFile file = file();
    file.create("ann", Set.of(Scope.WATCH), null);
    for (String mode : List.of("rw-r-----", "rw----r--", "rw--w----")) {
      Files.setPosixFilePermissions(file.path(), PosixFilePermissions.fromString(mode));
      String said = String.valueOf(assertThrows(IOException.class, file::read).getMessage());
      assertTrue(said.endsWith("run chmod 600 " + file.path()), said);
    }
  }

  @Test
  void saysWhatIsNoFileOfTokens() throws Exception {
    TokenFile file = file();
    file.create("ann", Set.of(Scope.WATCH), null);
    String sound = Files.readString(file.path());
    for (String text :
        List.of("", "[]", "{", sound.replace("watch", "all"), sound.replace("ann", "../ann"))) {
      Files.writeString(file.path(), text);
      String said = String.valueOf(assertThrows(IOException.class, file::read).getMessage());
      assertTrue(said.startsWith(file.path() + " is not a file of tokens: "), said);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../root", "a/b", ".hidden", "two words", "line\nbreak", "é"})
  void ownersHaveNamesAndNothingElse(String owner) throws Exception {
    TokenFile file = file();
    assertThrows(
        IllegalArgumentException.class, () -> file.create(owner, Set.of(Scope.WATCH), null));
    assertEquals(List.of(), file.read());
  }
}
