package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.task.Environments;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions survive a server that was told to stop, in a file that is used once. */
class SessionRestartTest {
  private static final int DIGEST = 32;

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("sessions");
  }

  private Rig server() throws IOException {
    String name = InProcessServerBuilder.generateName();
    GaitwayServer server =
        GaitwayServer.builder(Environments.load())
            .options(ServerOptions.defaults().withThreads(1).withMaxSessions(1))
            .sessions(file)
            .start(InProcessServerBuilder.forName(name));
    return Rig.on(server, InProcessChannelBuilder.forName(name).directExecutor());
  }

  private static Session session(Rig rig) {
    return rig.session(
        CreateSessionRequest.newBuilder()
            .setNumEnvironments(2)
            .setAutoresetMode(AutoresetMode.AUTORESET_MODE_SAME_STEP)
            .setMaxEpisodeSteps(3));
  }

  private static StepRequest step(Session session, int t) {
    return Rig.step(session, Math.sin(t), 0.5, Math.cos(t), -0.5).toBuilder()
        .setExpectedStep(t)
        .build();
  }

  /** Leaves a file with a session that was stepped 10 times. */
  private Session stopWithOneSession() throws Exception {
    try (Rig rig = server()) {
      Session session = session(rig);
      for (int t = 0; t < 10; t++) {
        rig.environments.step(step(session, t));
      }
      return rig.find(session);
    }
  }

  @Test
  void aSessionContinuesWithTheSameBits() throws Exception {
    Session session = stopWithOneSession();
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    try (Rig twinServer = Rig.inProcess(ServerOptions.defaults());
        Rig rig = server()) {
      assertFalse(Files.exists(file), "used once");
      assertEquals(
          session.toBuilder().clearExpireTime().build(),
          rig.find(session).toBuilder().clearExpireTime().build());
      Session twin = session(twinServer);
      for (int t = 0; t < 20; t++) {
        StepResponse expected = twinServer.environments.step(step(twin, t));
        // The first ten come from memory, the others are carried out.
        assertEquals(
            expected.toByteString(), rig.environments.step(step(session, t)).toByteString());
      }
      ResetRequest reset = ResetRequest.newBuilder().addSeeds(0).addSeeds(1).build();
      ResetResponse again =
          rig.environments.reset(
              reset.toBuilder().setSessionId(session.getId()).setExpectedReset(0).build());
      assertEquals(
          twinServer.environments.reset(reset.toBuilder().setSessionId(twin.getId()).build()),
          again);
      assertEquals(20, rig.find(session).getStep());
      assertThrows(StatusRuntimeException.class, () -> session(rig), "its place is counted");
    }
    assertTrue(Files.exists(file), "and saved again");
  }

  private void assertLost(Session session) throws Exception {
    try (Rig rig = server()) {
      StatusRuntimeException gone =
          assertThrows(StatusRuntimeException.class, () -> rig.find(session));
      assertEquals("SESSION_EXPIRED", Faults.info(gone).getReason());
      session(rig);
    }
  }

  @Test
  void aDamagedFileIsPutAsideAndTheServerStarts() throws Exception {
    Session session = stopWithOneSession();
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertLost(session);
    assertTrue(Files.exists(directory.resolve("sessions.unusable")));
    Files.write(file, Arrays.copyOf(bytes, 40));
    assertLost(session);
    Files.write(file, new byte[3]);
    assertLost(session);
  }

  @Test
  void aFileOfAnotherVersionIsPutAside() throws Exception {
    Session session = stopWithOneSession();
    byte[] bytes = Files.readAllBytes(file);
    bytes[Long.BYTES + 3]++;
    Files.write(file, withDigest(bytes));
    assertLost(session);
    assertTrue(Files.exists(directory.resolve("sessions.unusable")));
  }

  @Test
  void aSessionOfAnotherModelIsLostAlone() throws Exception {
    Session session = stopWithOneSession();
    byte[] bytes = Files.readAllBytes(file);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int digest = text.indexOf("digest-");
    assertTrue(digest > 0);
    bytes[digest + 7]++;
    Files.write(file, withDigest(bytes));
    assertLost(session);
    assertFalse(Files.exists(directory.resolve("sessions.unusable")));
  }

  private static byte[] withDigest(byte[] bytes) throws Exception {
    byte[] content = Arrays.copyOf(bytes, bytes.length - DIGEST);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
    System.arraycopy(digest, 0, bytes, content.length, DIGEST);
    return bytes;
  }

  @Test
  void twoServersDoNotUseOneFile() throws Exception {
    try (Rig rig = server()) {
      IOException refused = assertThrows(IOException.class, this::server);
      assertTrue(String.valueOf(refused.getMessage()).contains("another server uses"));
      assertTrue(rig.find(session(rig)).getStep() == 0);
    }
  }

  @Test
  void leasesBeginAnew() throws Exception {
    Session session = stopWithOneSession();
    try (Rig rig = server()) {
      Session found = rig.find(session);
      long left = found.getExpireTime().getSeconds() - Instant.now().getEpochSecond();
      assertEquals(300, left, 20, "seconds left of five minutes");
    }
  }
}
