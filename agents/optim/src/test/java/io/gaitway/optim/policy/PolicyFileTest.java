package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyFileTest {
  private static final List<String> STATES = List.of("root_x", "angle", "bend", "speed", "spin");

  private static EnvironmentInfo environment(String id, List<String> states, String digest) {
    return new EnvironmentInfo(
        id,
        "3",
        digest,
        "",
        states.stream()
            .map(name -> new EnvironmentInfo.StateEntry(name, "1", false, -1, 1))
            .toList(),
        List.of(
            new EnvironmentInfo.ActionEntry("left", "N m", -1, 1),
            new EnvironmentInfo.ActionEntry("right", "N m", -1, 1)),
        Problems.INPUTS,
        0.05,
        1,
        "none",
        1,
        List.of(),
        List.of(),
        List.of(),
        new EnvironmentInfo.InitialState(List.of(), List.of()),
        "",
        0,
        false,
        List.of(),
        List.of(),
        List.of(),
        0,
        null,
        null);
  }

  private static PolicyFile file() {
    return PolicyFile.of(Problems.policy(new Random(61), 3), environment("fish", STATES, "abc"));
  }

  @Test
  void readsBackToTheBit(@TempDir Path directory) throws IOException {
    Path path = directory.resolve("policy.json");
    Files.writeString(path, "an older file");
    PolicyFile written = file();
    written.write(path);
    PolicyFile read = PolicyFile.read(path);
    Controller.Mlp expected = written.policy().controller();
    Controller.Mlp actual = read.policy().controller();
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(expected.layers().get(i).W(), actual.layers().get(i).W());
      assertArrayEquals(expected.layers().get(i).b(), actual.layers().get(i).b());
    }
    assertArrayEquals(expected.std(), actual.std());
    assertEquals(Problems.INPUTS, actual.inputs());
    assertEquals("fish", read.environment());
    assertEquals("3", read.environmentVersion());
    assertEquals("abc", read.modelDigest());
    assertEquals(STATES, read.stateNames());
    assertEquals(List.of("left", "right"), read.actionNames());
    assertEquals(written.toJson(), read.toJson());
    try (var files = Files.list(directory)) {
      assertEquals(List.of(path), files.toList());
    }
  }

  @Test
  void aPolicyMustHaveItsNames() {
    GaussianMlp policy = Problems.policy(new Random(61), 3);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new PolicyFile(
                    policy, "fish", "3", "abc", List.of("root_x"), List.of("left"), null));
    assertEquals(
        "the policy has 5 states and 2 actions, but 1 and 1 names are given", e.getMessage());
  }

  @Test
  void knowsWhichEnvironmentsItFits() {
    PolicyFile file = file();
    EnvironmentInfo same = environment("fish", STATES, "abc");
    file.requireFits(same);
    assertTrue(file.sameDynamics(same));
    EnvironmentInfo heavier = environment("fish", STATES, "def");
    file.requireFits(heavier);
    assertFalse(file.sameDynamics(heavier));
    assertThrows(
        IllegalArgumentException.class, () -> file.requireFits(environment("bird", STATES, "abc")));
    List<String> other = List.of("root_x", "angle", "bend", "spin", "speed");
    assertThrows(
        IllegalArgumentException.class, () -> file.requireFits(environment("fish", other, "abc")));
  }
}
