package io.gaitway.agents.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.api.Start;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ObservationTest {
  private final EnvironmentInfo eel = EelSimulator.info(40, "digest");

  @Test
  void groupsAreWhatTheirNamesSay() {
    List<String> positions = List.of("root_y", "root_angle", "joint1", "joint2");
    assertEquals(positions, seen("positions"));
    assertEquals(List.of("root_angle", "joint1", "joint2"), seen("angles"));
    assertEquals(List.of("joint1", "joint2"), seen("joint-angles"));
    assertEquals(9, seen("all").size());
    assertEquals(seen("all"), Observation.names(eel, null));
  }

  @Test
  void theStatesOrderCountsNotTheChoices() {
    List<String> names = seen("joint2_velocity", "joint-angles", "root_x");
    assertEquals(List.of("root_x", "joint1", "joint2", "joint2_velocity"), names);
    assertEquals(List.of(0, 3, 4, 9), Observation.indices(eel, names));
  }

  @Test
  void faultsNameTheEntryAndWhatThereIs() {
    assertFault("--observe names 'joint1' twice", "joint1", "root_y", "joint1");
    assertFault("--observe names 'joint1' twice", "joint1", "angles");
    assertFault(
        "--observe has 'joint3'; eel has root_x, root_y, root_angle, joint1, joint2,"
            + " root_x_velocity, root_y_velocity, root_angle_velocity, joint1_velocity,"
            + " joint2_velocity; groups are all, angles, joint-angles, positions; parameters are target_speed",
        "joint3");
  }

  @Test
  void parametersComeFirstAndHaveToVary() {
    List<String> names = seen("joint1", "target_speed", "root_y");
    assertEquals(List.of("target_speed", "root_y", "joint1"), names);
    assertEquals(List.of("target_speed"), Observation.parameters(eel, names));
    assertEquals(List.of(1, 3), Observation.indices(eel, names));
    assertFault("--observe names 'target_speed' twice", "target_speed", "all", "target_speed");
    assertFault(
        "--observe has parameters alone; a policy sees something of the state, too, such as all",
        "target_speed");
    List<Start> starts =
        List.of(new Start(Map.of("target_speed", 2.0), null), new Start(Map.of(), 3));
    Observation.requireVaried(eel, names, starts);
    assertRefused(
        "--observe has the parameter 'target_speed', which is the same in all starts; give it"
            + " several values with --starts",
        () -> Observation.requireVaried(eel, names, List.of(new Start(Map.of(), 3))));
    assertRefused(
        "a start has the parameter 'wind', which eel does not have; it has target_speed",
        () ->
            Observation.requireVaried(
                eel, List.of("root_y"), List.of(new Start(Map.of("wind", 1.0), null))));
  }

  private static void assertRefused(String message, Executable action) {
    assertEquals(message, assertThrows(SettingException.class, action).getMessage());
  }

  private List<String> seen(String... chosen) {
    return Observation.names(eel, List.of(chosen));
  }

  private void assertFault(String message, String... chosen) {
    assertEquals(message, assertThrows(SettingException.class, () -> seen(chosen)).getMessage());
  }
}
