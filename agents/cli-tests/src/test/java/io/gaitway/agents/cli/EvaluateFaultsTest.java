package io.gaitway.agents.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Controllers that fail, and command lines that cannot be carried out. */
@Timeout(180)
class EvaluateFaultsTest extends EvaluateFixture {
  private static String idToResume(String err) {
    Matcher id = Pattern.compile("--resume (\\S+)").matcher(err);
    assertTrue(id.find(), err);
    return id.group(1);
  }

  @Test
  void aCrashIsReportedAndTheEvaluationGoesOn() throws Exception {
    Program.Outcome crashed = agent("crash:600", "--parallel=4", PATIENT);
    assertEquals(Gaitway.FAILURE, crashed.code(), crashed.err());
    assertTrue(crashed.err().contains("  | something is wrong here"), crashed.err());
    assertTrue(
        crashed.err().contains("ended with exit code 3, with 4 of 10 episodes finished"),
        crashed.err());
    String id = idToResume(crashed.err());
    JsonNode result =
        evaluate(
                "--resume=" + id,
                "--controller-command=" + ControllerMain.commandLine("fine"),
                "--json")
            .json();
    assertEquals(2, result.get("attachments").asInt());
    assertEquals(id, result.get("evaluation").asText());
    assertEquals(List.of(1, 1, 1, 1, 2, 2, 2, 2, 1, 1), beginnings(result));
    assertEquals(
        agent("fine", "--json", PATIENT).json().get("digest").asText(),
        result.get("digest").asText());
    assertEquals(0, evaluate("--resume=" + id, "--listen", "--json").code());
  }

  @Test
  void aHangIsReported() {
    Program.Outcome outcome = agent("hang:1", "--parallel=4", "--deadline=0.3", "--patience=15");
    assertEquals(Gaitway.FAILURE, outcome.code(), outcome.err());
    assertTrue(
        outcome
            .err()
            .contains(
                "the controller hang:1 left the evaluation and has not attached again within 15 s; its last"
                    + " fault was DEADLINE_MISSED (round 1 was not answered within 300 ms), with 4 of 10"
                    + " episodes finished"),
        outcome.err());
  }

  @Test
  void oneThatNeverAttachesIsReported() {
    Program.Outcome outcome = agent("absent", "--patience=1");
    assertEquals(Gaitway.FAILURE, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains("has not attached within 1.0 s"), outcome.err());
  }

  @Test
  void aFloodIsReported() {
    Program.Outcome outcome = agent("flood", "--parallel=4", PATIENT);
    assertEquals(Gaitway.FAILURE, outcome.code(), outcome.err());
    assertTrue(
        outcome.err().contains("ended with exit code 4, with 0 of 10 episodes finished"),
        outcome.err());
  }

  @Test
  void numbersThatAreNoneAreReported() {
    Program.Outcome outcome = agent("nan:390", "--parallel=5", PATIENT);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(
        outcome
            .out()
            .contains(
                "NON_FINITE_ACTION; the last: NON_FINITE_ACTION (joint1_torque is NaN at step"),
        outcome.out());
  }

  @Test
  void whatIsNoProgramIsReported() {
    Program.Outcome outcome = evaluate(SUITE, "--controller-command=no-such-program");
    assertEquals(Gaitway.USAGE, outcome.code());
    assertTrue(
        outcome.err().contains("gaitway: --controller-command: cannot start 'no-such-program': "),
        outcome.err());
  }

  @Test
  void commandLinesThatCannotBeCarriedOut() {
    String help = "; see 'gaitway evaluate --help'";
    evaluate(SUITE)
        .assertFault(
            Gaitway.USAGE,
            "name one controller: --policy FILE, --controller-command COMMAND or --listen" + help);
    evaluate(SUITE, "--agent=x")
        .assertFault(
            2,
            "--agent is for learning agents, in train; name a controller's program with --controller-command"
                + help);
    evaluate(SUITE, "--listen", "--controller-command=x")
        .assertFault(
            Gaitway.USAGE,
            "name one controller: --policy FILE, --controller-command COMMAND or --listen" + help);
    evaluate(SUITE, "--listen", "--noise=1")
        .assertFault(Gaitway.USAGE, "--noise goes with --policy" + help);
    evaluate("--listen")
        .assertFault(
            Gaitway.USAGE,
            "SUITE is missing; there are swimmer-disturbed, swimmer-still, swimmer-varied,"
                + " walker-disturbed, walker-gait, walker-varied"
                + help);
    evaluate("none", "--listen")
        .assertFault(Gaitway.USAGE, "there is no suite 'none'; known: swimmer-disturbed, .*");
    evaluate("swimmer-distrubed", "--listen")
        .assertFault(
            Gaitway.USAGE,
            "there is no suite 'swimmer-distrubed'; known: .* \\(did you mean"
                + " 'swimmer-disturbed'\\?\\)");
    evaluate(SUITE, "--listen", "--deadline=0.0001")
        .assertFault(
            Gaitway.USAGE,
            "--deadline must be between 0.001 and 600.0 seconds, but is 1.0E-4" + help);
    evaluate(SUITE, "--listen", "--deadline=inf")
        .assertFault(
            Gaitway.USAGE, "Invalid value for option '--deadline': 'inf' is not a number" + help);
    evaluate(SUITE, "--listen", "--deadline=NaN")
        .assertFault(
            Gaitway.USAGE, "--deadline must be between 0.001 and 600.0 seconds, but is NaN" + help);
    for (String patience : List.of("0", "-1", "soon")) {
      evaluate(SUITE, "--listen", "--patience=" + patience)
          .assertFault(
              Gaitway.USAGE,
              "--patience must be a number of seconds greater than 0, or inf for no limit, but is "
                  + patience
                  + help);
    }
    evaluate("--resume=abcdefghijk", "--listen")
        .assertFault(Gaitway.USAGE, "there is no evaluation 'abcdefgh…'");
    evaluate(SUITE, "--listen", "--server=127.0.0.1:1")
        .assertFault(
            Gaitway.USAGE,
            "--database cannot be combined with --server, which has a database of its own" + help);
  }

  @Test
  void aDatabaseThatIsNoneIsOneClearError() throws Exception {
    Path text = Files.writeString(folder.resolve("evaluations.db"), "no database".repeat(100));
    evaluate(SUITE, "--listen")
        .assertFault(Gaitway.FAILURE, Pattern.quote(text + " cannot be used: ") + ".*");
  }
}
