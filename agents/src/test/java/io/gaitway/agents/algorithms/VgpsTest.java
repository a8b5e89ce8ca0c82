package io.gaitway.agents.algorithms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.run.Agent;
import io.gaitway.agents.run.Settings;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The presets. */
class VgpsTest {
  private final Vgps vgps = new Vgps();

  static List<Path> presetFiles() throws IOException, URISyntaxException {
    Path folder = Path.of(Objects.requireNonNull(Vgps.class.getResource("vgps")).toURI());
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  /** A file that no preset leads to, or whose values are out of range, is a mistake. */
  @ParameterizedTest
  @MethodSource("presetFiles")
  void everyPresetFileIsReadForItsPresetAndEnvironment(Path file) throws IOException {
    String[] name = file.getFileName().toString().replaceFirst("\\.json$", "").split("-", 2);
    assertTrue(vgps.presets().contains(name[0]), "there is no such preset");
    assertEquals(
        Settings.read(VgpsSettings.class, file.toUri().toURL()),
        vgps.preset(name[0], name.length == 1 ? "eel" : name[1]));
  }

  @Test
  void thePapersPresetHasNoneOfTheDeviations() {
    VgpsSettings paper = vgps.preset(Agent.PAPER_PRESET, "walker");
    assertEquals(paper, vgps.preset(Agent.PAPER_PRESET, "swimmer"));
    assertEquals(1, paper.kappa());
    assertEquals(1, paper.betaStart());
    assertEquals(0.1, paper.beta(50));
    assertEquals(Math.sqrt(0.1), paper.beta(25), 1e-15);
    assertEquals(0, paper.padding());
    assertEquals(0, paper.rollouts());
    assertEquals(0, paper.inflation(0));
    assertEquals(0, paper.inflation(100));
    assertEquals(1, paper.covarianceFactor(100));
    assertEquals(1, paper.residualShare());
    assertEquals(0, paper.minimumStd());
    assertEquals(0, paper.refitEvery());
  }

  @Test
  void theDefaultOfTheSwimmerIsThatOfEveryUnknownEnvironment() {
    VgpsSettings swimmer = vgps.preset(Agent.DEFAULT_PRESET, "swimmer");
    assertEquals(swimmer, vgps.preset(Agent.DEFAULT_PRESET, "eel"));
    assertEquals(1.5, swimmer.kappa());
    assertEquals(1, swimmer.beta(0));
    assertEquals(16, swimmer.beta(75));
    assertEquals(60, swimmer.padding());
    assertEquals(8, swimmer.samples());
    assertEquals(0, swimmer.rollouts());
    assertEquals(15, swimmer.inflation(0));
    assertEquals(6, swimmer.inflation(100));
    assertEquals(0.2, swimmer.residualShare());
    assertEquals(10, swimmer.fitIterations());
    assertEquals(25, swimmer.refitEvery());
  }

  @Test
  void theWalkersDefaultIsWiderAndEndsSharper() {
    VgpsSettings walker = vgps.preset(Agent.DEFAULT_PRESET, "walker");
    assertEquals(0.5, walker.kappa());
    assertEquals(30, walker.beta(45));
    assertEquals(60, walker.padding());
    assertEquals(20, walker.samples());
    assertEquals(30, walker.rollouts());
    assertEquals(30, walker.inflation(0));
    assertEquals(20, walker.inflation(60));
    assertEquals(0.2, walker.residualShare());
    assertEquals(10, walker.fitIterations());
    assertEquals(0, walker.refitEvery());
  }

  @Test
  void theSmallPresetLetsTheTrajectoryYield() {
    VgpsSettings small = vgps.preset(Vgps.SMALL_PRESET, "walker");
    assertEquals(3, small.kappa());
    assertEquals(100, small.beta(150));
    assertEquals(1, small.covarianceFactor(10));
    assertEquals(0.985, small.covarianceFactor(11));
    assertEquals(8, small.inflation(250));
    assertEquals(0, small.residualShare());
    assertEquals(0.3, small.minimumStd());
  }

  @Test
  void thereIsNoOtherPreset() {
    IllegalArgumentException fault =
        assertThrows(IllegalArgumentException.class, () -> vgps.preset("best", "swimmer"));
    assertEquals("vgps has no preset 'best'", fault.getMessage());
  }
}
