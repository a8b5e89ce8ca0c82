package io.gaitway.client.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.StepUncertainException;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.fixture.CuttingProxy;
import io.gaitway.client.fixture.RealServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A stream whose connection breaks gets every answer, and carries out nothing twice. */
@Timeout(120)
class ReattachmentTest {
  private static final int STEPS = 300;
  private static final SessionOptions OPTIONS =
      SessionOptions.defaults().withEnvironments(2).withMaxEpisodeSteps(40);

  @TempDir private Path folder;
  private RealServer server;

  @BeforeEach
  void start() throws Exception {
    server = RealServer.start(RealServer.Transport.TCP, folder, 1);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static double[] us(int t) {
    return new double[] {Math.sin(t), Math.cos(t), Math.sin(2 * t), Math.cos(2 * t)};
  }

  /** States and costs of steps that are all sent ahead, with a reset in their middle. */
  private static List<double[]> sendAhead(GaitwayClient client) {
    try (Session session = client.session("swimmer", Map.of(), OPTIONS);
        StepStream stream = session.stream()) {
      stream.sendReset(Reset.seeds(5, 6));
      for (int t = 0; t < STEPS; t++) {
        if (t == STEPS / 2) {
          stream.sendReset(Reset.all());
        }
        stream.sendStep(us(t));
      }
      List<double[]> answers = new ArrayList<>();
      answers.add(stream.receiveReset().states());
      for (int t = 0; t < STEPS; t++) {
        if (t == STEPS / 2) {
          answers.add(stream.receiveReset().states());
        }
        StepResult result = stream.receiveStep();
        assertEquals(t + 1, result.step());
        answers.add(result.states());
        answers.add(result.costs());
      }
      stream.close();
      assertEquals(STEPS, session.step());
      assertEquals(STEPS + 1, session.step(us(0)).step());
      return answers;
    }
  }

  @Test
  void everyAnswerComesThoughTheConnectionBreaks() throws Exception {
    List<double[]> expected;
    try (GaitwayClient client = server.client()) {
      expected = sendAhead(client);
    }
    try (CuttingProxy proxy =
            new CuttingProxy(server.server().port(), 10_000, 9_000, 20_000, 15_000);
        GaitwayClient client = GaitwayClient.builder().target(proxy.address()).build()) {
      List<double[]> actual = sendAhead(client);
      assertEquals(4, proxy.broken());
      assertEquals(expected.size(), actual.size());
      for (int i = 0; i < expected.size(); i++) {
        assertArrayEquals(expected.get(i), actual.get(i), 0);
      }
    }
  }

  @Test
  void aStreamInLockStepGoesOnToo() throws Exception {
    try (CuttingProxy proxy = new CuttingProxy(server.server().port(), 8_000, 2_000);
        GaitwayClient client = GaitwayClient.builder().target(proxy.address()).build();
        Session session = client.session("swimmer", Map.of(), OPTIONS);
        StepStream stream = session.stream()) {
      stream.reset(Reset.all());
      for (int t = 0; t < 100; t++) {
        assertEquals(t + 1, stream.step(us(t)).step());
      }
      assertEquals(2, proxy.broken());
    }
  }

  @Test
  void aServerThatStaysAwayIsReportedInTheEnd() throws Exception {
    try (CuttingProxy proxy = new CuttingProxy(server.server().port());
        GaitwayClient client = GaitwayClient.builder().target(proxy.address()).build()) {
      Session session = client.session("swimmer", Map.of(), OPTIONS);
      StepStream stream = session.stream();
      stream.reset(Reset.all());
      proxy.refuse();
      stream.sendStep(us(0));
      StepUncertainException fault =
          assertThrows(StepUncertainException.class, stream::receiveStep);
      assertTrue(fault.getCause() instanceof UnavailableException);
      stream.close();
    }
  }
}
