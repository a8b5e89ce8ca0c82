package io.gaitway.agents.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.program.Puppet;
import io.gaitway.client.GaitwayClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The command {@code evaluate} in a process of its own: stopped, killed, and waiting. */
@Timeout(180)
class EvaluateProcessTest extends EvaluateFixture {
  @Test
  void aStoppedCommandLeavesNothingRunning() throws Exception {
    Path err = folder.resolve("stderr");
    String hanging = Puppet.commandLine("child", "stubborn", "hang");
    Process process =
        Program.start(
            err.toFile(), "evaluate", SUITE, database(), "--controller-command=" + hanging);
    try {
      Path log = awaitLog(process, err);
      ProcessHandle agent = process.children().findFirst().orElseThrow();
      long child = Long.parseLong(Files.readString(log).strip().substring("child ".length()));
      ProcessHandle grandchild = ProcessHandle.of(child).orElseThrow();
      process.destroy();
      assertEquals(Program.SIGTERM, process.waitFor());
      assertFalse(agent.isAlive());
      assertFalse(grandchild.isAlive());
      String said = Files.readString(err);
      assertTrue(said.contains("Stopped. Continue with: gaitway evaluate --resume "), said);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  @Test
  void aControllerThatConnectsByItselfIsAwaited() throws Exception {
    Path err = folder.resolve("stderr");
    Process process =
        Program.start(err.toFile(), "evaluate", SUITE, database(), "--listen", PATIENT);
    try {
      Pattern place = Pattern.compile("GAITWAY_EVALUATION_SERVER=(\\S+) GAITWAY_EVALUATION=(\\S+)");
      Matcher told = place.matcher(Files.readString(err));
      while (!told.find()) {
        assertTrue(process.isAlive(), Files.readString(err));
        TimeUnit.MILLISECONDS.sleep(20);
        told = place.matcher(Files.readString(err));
      }
      try (GaitwayClient client = GaitwayClient.connect(told.group(1))) {
        client.evaluations().control(told.group(2), (round, us) -> {});
      }
      assertEquals(0, process.waitFor());
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(out.startsWith("controller on swimmer-still"), out);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void theAddressIsPrintedAsAShellTakesIt() throws Exception {
    Path socket = folder.resolve("so cket");
    Path err = folder.resolve("stderr");
    Process server = Program.start(folder.resolve("server").toFile(), "serve", "--unix=" + socket);
    Process process = server;
    try {
      while (!Files.exists(socket)) {
        assertTrue(server.isAlive(), Files.readString(folder.resolve("server")));
        TimeUnit.MILLISECONDS.sleep(20);
      }
      process =
          Program.start(err.toFile(), "evaluate", SUITE, "--listen", "--server=unix:" + socket);
      String place = "GAITWAY_EVALUATION_SERVER='unix:" + socket + "' GAITWAY_EVALUATION=";
      while (!Files.readString(err).contains("Waiting for a controller: ")) {
        assertTrue(process.isAlive(), Files.readString(err));
        TimeUnit.MILLISECONDS.sleep(20);
      }
      assertTrue(Files.readString(err).contains(place), Files.readString(err));
    } finally {
      process.destroyForcibly();
      server.destroyForcibly();
    }
  }

  private Path awaitLog(Process process, Path err) throws Exception {
    while (true) {
      assertTrue(process.isAlive(), Files.readString(err));
      try (var files = Files.list(folder)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".log")).toList()) {
          if (Files.readString(file).endsWith("\n")) {
            return file;
          }
        }
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Test
  void aKilledCommandKeepsFinishedEpisodes() throws Exception {
    Path err = folder.resolve("stderr");
    String slow = ControllerMain.commandLine("hang", "900");
    Process process =
        Program.start(
            err.toFile(),
            "evaluate",
            SUITE,
            database(),
            "--parallel=4",
            PATIENT,
            "--controller-command=" + slow);
    List<ProcessHandle> family = List.of();
    try {
      while (!Files.exists(err) || !Files.readString(err).contains("8/10 episodes finished")) {
        assertTrue(process.isAlive(), () -> Arrays.toString(readAll(err)));
        TimeUnit.MILLISECONDS.sleep(20);
      }
      family = process.descendants().toList();
      process.destroyForcibly().waitFor();
    } finally {
      process.destroyForcibly();
      family.forEach(ProcessHandle::destroyForcibly);
    }
    Matcher id = Pattern.compile("Evaluation: (\\S+)").matcher(Files.readString(err));
    assertTrue(id.find());
    JsonNode result =
        evaluate(
                "--resume=" + id.group(1),
                "--controller-command=" + ControllerMain.commandLine("fine"),
                "--json")
            .json();
    assertEquals(List.of(1, 1, 1, 1, 1, 1, 1, 1, 2, 2), beginnings(result));
    assertEquals(
        agent("fine", "--json", PATIENT).json().get("digest").asText(),
        result.get("digest").asText());
  }

  private static byte[] readAll(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      return new byte[0];
    }
  }
}
