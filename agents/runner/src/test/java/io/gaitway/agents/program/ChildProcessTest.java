package io.gaitway.agents.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.api.SettingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Programs of someone else's: started, watched, and ended with all that they started. */
@Timeout(60)
class ChildProcessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(100);

  @TempDir Path folder = Path.of("unset");

  private ChildProcess start(Duration grace, String... deeds) throws IOException {
    return ChildProcess.start(
        "--agent",
        Puppet.commandLine(deeds),
        Map.of("GAITWAY_TEST", "a b"),
        folder.resolve("logs").resolve("log"),
        grace);
  }

  @Test
  void commandLinesAreSplitAsInAShell() {
    assertEquals(List.of("a", "b"), CommandWords.split("--agent", "  a\t b "));
    assertEquals(
        List.of("python3", "my agent.py", "", "x\"y", "\\$1", "a b"),
        CommandWords.split("--agent", "python3 'my agent.py' '' \"x\\\"y\" \"\\$1\" a\\ b"));
    assertEquals(
        "--agent has a ' that is never closed: a 'b",
        assertThrows(SettingException.class, () -> CommandWords.split("--agent", "a 'b"))
            .getMessage());
    assertEquals(
        "--agent must be a program and its arguments, but is empty",
        assertThrows(SettingException.class, () -> CommandWords.split("--agent", "  "))
            .getMessage());
  }

  @Test
  void quotedWordsAreReadBackAsTheyWere() {
    for (String word :
        List.of("runs/a-h10", "mit Leerzeichen", "läufe", "it's", "$HOME", "a;b", "")) {
      assertEquals(List.of(word), CommandWords.split("--agent", CommandWords.quote(word)), word);
    }
    assertEquals("runs/a-h10", CommandWords.quote("runs/a-h10"));
  }

  @Test
  void aProgramThatDoesNotExistIsOneClearError() {
    String message =
        String.valueOf(
            assertThrows(
                    SettingException.class,
                    () ->
                        ChildProcess.start(
                            "--agent", "no-such-program --x", Map.of(), folder.resolve("log")))
                .getMessage());
    assertEquals("--agent: cannot start 'no-such-program': No such file or directory", message);
  }

  @Test
  void aFileThatIsNoProgramIsNamedWithWhatToDo() throws Exception {
    assertNotStarted(
        "my_agent.py --x", ".*; put python before it: --agent 'python my_agent.py --x'");
    Path script = Files.writeString(folder.resolve("agent.jl"), "run()");
    assertNotStarted(
        script + " --x", ".*; it is a file, but not a program: put before it what runs it");
  }

  private void assertNotStarted(String commandLine, String message) {
    SettingException fault =
        assertThrows(
            SettingException.class,
            () -> ChildProcess.start("--agent", commandLine, Map.of(), folder.resolve("log")));
    assertTrue(String.valueOf(fault.getMessage()).matches(message), fault.toString());
  }

  @Test
  void linesAreWaitedForAndOutputIsKept() throws Exception {
    try (ChildProcess process =
        start(PATIENCE, "out:banner", "variable:GAITWAY_TEST", "err:oops", "until-eof")) {
      assertEquals(Optional.of("a b"), process.awaitLine(line -> line.contains(" "), PATIENCE));
      assertEquals(Optional.empty(), process.awaitLine(line -> true, SHORT));
      assertTrue(process.isAlive());
      assertEquals("is running", process.ending());
      process.close();
      assertFalse(process.isAlive());
      assertEquals("ended with exit code 0", process.ending());
      assertEquals(List.of("oops"), process.lastLines());
      List<String> log = Files.readAllLines(process.log());
      assertEquals(3, log.size(), log.toString());
      assertTrue(log.containsAll(List.of("banner", "a b", "oops")), log.toString());
    }
  }

  /** As {@code JAVA_TOOL_OPTIONS=-Xlog:gc} makes any JVM print before its handshake. */
  @Test
  void aLineIsFoundHoweverManyComeBeforeIt() throws Exception {
    try (ChildProcess process = start(PATIENCE, "flood:8", "out:a b", "flood:1", "until-eof")) {
      assertEquals(Optional.of("a b"), process.awaitLine(line -> line.contains(" "), PATIENCE));
    }
  }

  @Test
  void aCrashTellsItsCodeAndItsLastWords() throws Exception {
    try (ChildProcess process = start(PATIENCE, "out:fine", "err:1", "err:2", "exit:3")) {
      assertEquals(
          "ended with exit code 3", process.onEnd().get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
      assertEquals(List.of("1", "2"), process.lastLines());
      assertEquals(Optional.empty(), process.awaitLine(line -> line.equals("x"), PATIENCE));
    }
    try (ChildProcess process = start(PATIENCE, "out:last", "exit:0")) {
      assertTrue(process.waitFor(PATIENCE));
      assertEquals("ended with exit code 0", process.ending());
      assertEquals(List.of("last"), process.lastLines());
    }
  }

  @Test
  void aSignalIsCalledByItsName() throws Exception {
    try (ChildProcess process = start(PATIENCE, "hang")) {
      ProcessHandle.of(process.pid()).orElseThrow().destroyForcibly();
      assertTrue(process.waitFor(PATIENCE));
      assertEquals("was ended by signal 9 (SIGKILL)", process.ending());
    }
  }

  @Test
  void whatDoesNotHearTheEndOfInputIsEndedWithItsChildren() throws Exception {
    ChildProcess process = start(SHORT, "child", "stubborn", "out:deaf", "hang");
    ProcessHandle child;
    try (process) {
      child = child(process);
      assertEquals(Optional.of("deaf"), process.awaitLine("deaf"::equals, PATIENCE));
      assertTrue(child.isAlive());
    }
    assertEquals("was ended by signal 9 (SIGKILL)", process.ending());
    assertFalse(child.isAlive());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatAProgramLeftBehindIsEnded() throws Exception {
    ProcessHandle child;
    try (ChildProcess process = start(PATIENCE, "child", "halt:7")) {
      child = child(process);
      assertTrue(process.waitFor(PATIENCE));
      assertTrue(child.isAlive());
      assertEquals("ended with exit code 7", process.ending());
    }
    assertFalse(child.isAlive());
  }

  @Test
  void aLogBehindASymbolicLinkOrAFifoIsWrittenThere() throws Exception {
    Path target = folder.resolve("target.log");
    Path link = Files.createSymbolicLink(folder.resolve("link.log"), target);
    Path fifo = folder.resolve("fifo.log");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    Process reader =
        new ProcessBuilder("cat", fifo.toString())
            .redirectOutput(folder.resolve("read.log").toFile())
            .start();
    try {
      for (Path log : List.of(link, fifo)) {
        try (ChildProcess process = start(PATIENCE, "out:banner", "until-eof")) {
          process.awaitLine(line -> line.equals("banner"), PATIENCE);
          process.moveLog(log);
        }
      }
      assertTrue(reader.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } finally {
      reader.destroyForcibly();
    }
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("banner\n", Files.readString(target));
    assertEquals("banner\n", Files.readString(folder.resolve("read.log")));
    assertFalse(Files.isRegularFile(fifo), "the FIFO was replaced");
  }

  @Test
  void aFullDiskCostsTheLogAndNothingElse() throws Exception {
    try (ChildProcess process = start(PATIENCE, "out:banner", "err:oops", "until-eof")) {
      process.awaitLine(line -> line.equals("banner"), PATIENCE);
      process.moveLog(Path.of("/dev/full"));
      process.close();
      assertEquals(List.of("oops"), process.lastLines());
    }
  }

  @Tag("all")
  @Test
  void aFloodOfOutputHasAnEnd() throws Exception {
    try (ChildProcess process = start(PATIENCE, "flood:80", "err:done", "exit:0")) {
      assertTrue(process.waitFor(PATIENCE));
      assertEquals("ended with exit code 0", process.ending());
      assertEquals(List.of("done"), process.lastLines());
      assertTrue(Files.size(process.log()) < 65 << 20);
      assertTrue(Files.size(process.log()) > 63 << 20);
    }
  }

  private static ProcessHandle child(ChildProcess process) throws InterruptedException {
    String line = process.awaitLine(text -> text.startsWith("child "), PATIENCE).orElseThrow();
    return ProcessHandle.of(Long.parseLong(line.substring("child ".length()))).orElseThrow();
  }
}
