package io.gaitway.agents.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gaitway.agents.api.SettingException;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.util.List;
import org.junit.jupiter.api.Test;

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
            + " joint2_velocity; groups are all, angles, joint-angles, positions",
        "joint3");
  }

  private List<String> seen(String... chosen) {
    return Observation.names(eel, List.of(chosen));
  }

  private void assertFault(String message, String... chosen) {
    assertEquals(message, assertThrows(SettingException.class, () -> seen(chosen)).getMessage());
  }
}
