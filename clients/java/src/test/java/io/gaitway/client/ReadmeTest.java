package io.gaitway.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.fixture.RealServer;
import io.gaitway.client.fixture.RealServer.Transport;
import io.gaitway.client.session.Reset;
import io.gaitway.client.session.Session;
import io.gaitway.client.session.SessionOptions;
import io.gaitway.client.session.StepResult;
import io.gaitway.client.session.StepStream;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The README's example: it is what is compiled and run here, word for word. */
@Timeout(120)
class ReadmeTest {
  private static final String ADDRESS = "127.0.0.1:7447";

  @TempDir Path folder = Path.of("");

  private static void example(String address) {
    // <example>
    try (GaitwayClient client = GaitwayClient.connect(address)) {
      // Whole trajectories, without a session: what optimisers need.
      Simulator simulator = client.simulator("swimmer", Map.of("links", 4.0));
      EnvironmentInfo swimmer = simulator.environment();
      int T = swimmer.horizon();
      double[] x0 = simulator.initialStates(1, 1).get(0);
      Controller still = new Controller.OpenLoop(new double[T * swimmer.nu()]);
      Rollout rollout = simulator.rollout(RolloutRequest.single(T, x0, still)).get(0);
      System.out.println("doing nothing costs " + rollout.cost());

      // Exact derivatives along it.
      Expansion expansion = new Expansion(T, swimmer.nx(), swimmer.nu());
      simulator.linearize(rollout.trajectory(), Simulator.CostHessian.GAUSS_NEWTON, expansion);

      // Knot by knot as matrices of EJML: what a change of the first state does to the last.
      DMatrixRMaj sensitivity = CommonOps_DDRM.identity(swimmer.nx());
      for (int t = 0; t < T; t++) {
        sensitivity = CommonOps_DDRM.mult(expansion.fx(t), sensitivity, null);
      }

      // Eight environments, stepped together.
      SessionOptions eight = SessionOptions.defaults().withEnvironments(8);
      try (Session session = client.session("swimmer", Map.of(), eight);
          StepStream stream = session.stream()) {
        stream.reset(Reset.seeds(0, 1, 2, 3, 4, 5, 6, 7));
        for (int t = 0; t < 100; t++) {
          StepResult result = stream.step(new double[8 * session.environment().nu()]);
          System.out.println(result.costs()[0]);
        }
      }
    } catch (UnavailableException e) {
      System.err.println(e.getMessage()); // Says which address, and how to start a server there.
    }
    // </example>
  }

  private static String unformatted(String code) {
    return code.replaceAll("\\s+", "");
  }

  private static String between(String text, String start, String end) {
    int from = text.indexOf(start) + start.length();
    return text.substring(from, text.indexOf(end, from));
  }

  @Test
  void theReadmeShowsTheExample() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    String source = Files.readString(Path.of("src/test/java/io/gaitway/client/ReadmeTest.java"));
    assertEquals(
        unformatted(
            between(source, "// <example>\n", "// </example>\n")
                .replace("connect(address)", "connect(\"" + ADDRESS + "\")")),
        unformatted(between(readme, "```java\n", "```")));
  }

  @Test
  void theExampleRuns() throws IOException {
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (RealServer server = RealServer.start(Transport.TCP, folder, 1);
        GaitwayClient client = server.client()) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      example(client.target());
    } finally {
      System.setOut(out);
    }
    String[] lines = printed.toString(StandardCharsets.UTF_8).split("\n");
    assertEquals(101, lines.length);
    assertTrue(lines[0].startsWith("doing nothing costs "), lines[0]);
    assertTrue(Double.parseDouble(lines[100]) > 0, lines[100]);
  }
}
