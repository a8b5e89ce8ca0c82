package io.gaitway.agents.reproduction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.statistics.Proportion;
import io.gaitway.client.simulation.EnvironmentInfo.LinkGeometry;
import io.gaitway.optim.policy.Architecture;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** The figure and the tables. */
class DrawnTest {
  private static final double NEVER = Double.POSITIVE_INFINITY;

  @Test
  void tablesHoldEveryFigure() {
    ComparedGroup group =
        new ComparedGroup("default", "vgps", new ComparedTask("walker", Architecture.of(5)));
    Results results = new Results(List.of(group), 1);
    Step first = new Step(1, NEVER, 250.5, 20, 5, 4, false, new Effort(7, 3), 0.25);
    Step second = new Step(2, 125, 100, 20, 1, 19, true, new Effort(14, 6), 0.5);
    results.add(new ComparedRun(group, "small", 3, 100, true, List.of(first, second)));
    assertEquals(
        """
        scale,preset,settings,agent,environment,hidden,seed,iteration,ddp_cost,stochastic_cost,\
        deterministic_cost,falls,successes,deterministic_success,samples,derivatives,elapsed_seconds
        figure,default,small,vgps,walker,5,3,1,100.0,Infinity,250.5,0.25,0.2,0,7,3,0.25
        figure,default,small,vgps,walker,5,3,2,100.0,125.0,100.0,0.05,0.95,1,14,6,0.5
        """,
        ComparisonCsv.iterations(results, Scale.FIGURE));
    List<String> summary = ComparisonCsv.summary(results, Scale.FIGURE).lines().toList();
    assertEquals(2, summary.size());
    assertEquals(
        "figure,default,small,vgps,walker,5,1,100.0,14.0,6.0,0.5,0.05,125.0,125.0,125.0,1.25,1.25,1.25,1.0,"
            + new Proportion(1, 1).lower()
            + ",1.0,0,2.0,14.0,6.0,0.5,100.0,100.0,100.0,1.0,1.0,1.0,1.0,"
            + new Proportion(1, 1).lower()
            + ",1.0,0,2.0,14.0,6.0,0.5",
        summary.get(1));
    assertEquals(40, summary.get(0).split(",").length);
  }

  @Test
  void cellsWithCommasAndQuotesAreQuoted() {
    Claims.Claim claim = new Claims.Claim(1, "a, b", "say \"c\"", Verdict.DOES_NOT_HOLD, "d");
    assertEquals(
        """
        scale,preset,claim,verdict,text,rule,measured
        figure,paper,1,does not hold,"a, b","say ""c\""",d
        """,
        ComparisonCsv.claims(Map.of("paper", List.of(claim)), Scale.FIGURE));
  }

  @Test
  void theMarkdownTablesAreThese() {
    ComparedTask swimmer = new ComparedTask("swimmer", Architecture.of(5));
    ComparedTask walker = new ComparedTask("walker", Architecture.of(10));
    ComparedGroup good = new ComparedGroup("default", "vgps", swimmer);
    ComparedGroup bad = new ComparedGroup("default", "dagger", swimmer);
    ComparedGroup none = new ComparedGroup("default", "vgps", walker);
    Results results = new Results(List.of(good, bad, none), 2);
    Step first = new Step(1, 300, 250, 20, 0, 0, false, new Effort(1_250_000, 1_500), 30);
    Step second = new Step(2, 125, 101, 20, 0, 20, true, new Effort(2_500_000, 3_000), 61.2);
    Step diverged = new Step(1, NEVER, 260, 20, 0, 0, false, new Effort(400_000, 0), 12);
    for (long seed = 0; seed < 2; seed++) {
      results.add(new ComparedRun(good, "small", seed, 100, false, List.of(first, second)));
    }
    results.add(new ComparedRun(bad, "default", 0, 100, false, List.of(diverged)));
    Claims.Claim claim = new Claims.Claim(1, "a | b", "c", Verdict.HOLDS, "d|e");
    String text =
        ComparisonTables.markdown(results, Map.of("default", List.of(claim)), Scale.FIGURE);
    String head =
        "| agent | settings | seeds | with noise | without | success with noise | without"
            + " | until success: iterations | samples, 10⁶ | derivatives, 10⁶ | seconds"
            + " | whole run: samples, 10⁶ | derivatives, 10⁶ | seconds |\n"
            + "|---".repeat(14)
            + "|\n";
    assertEquals(
        """

        ## Preset default

        |  | the paper | verdict | measured |
        |---|---|---|---|
        | 1 | a \\| b | holds | d\\|e |

        ### walker, 10 hidden units, default

        HEAD
        ### swimmer, 5 hidden units, default

        HEAD| vgps | small | 2 | 1.25 [1.25, 1.25] | 1.01 [1.01, 1.01] | 2/2 [34, 100 %] \
        | 2/2 [34, 100 %] | 2 | 2.50 | 0.003 | 61 | 2.50 | 0.003 | 61 |
        | dagger | default | 1 | ∞ [∞, ∞] | 2.60 [2.60, 2.60] | 0/1 [0, 79 %] \
        | 0/1 [0, 79 %] | never | never | never | never | 0.40 | 0.000 | 12 |
        """
            .replace("HEAD", head),
        text.substring(text.indexOf("\n## ")));
    assertTrue(text.startsWith("Costs are those of the last policies"), text);
  }

  @Test
  void methodsBesideThePapersHaveColoursOfTheirOwn() throws Exception {
    List<ComparedGroup> groups = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      groups.add(
          new ComparedGroup(
              "default", "method-" + i, new ComparedTask("swimmer", Architecture.of(5))));
    }
    Document svg = parse(Figure.svg(new Results(groups, 1), "default", List.of()));
    NodeList paths = svg.getElementsByTagName("path");
    Set<String> colours = new HashSet<>();
    for (int i = 0; i < paths.getLength(); i++) {
      colours.add(((Element) paths.item(i)).getAttribute("stroke"));
    }
    // The initial solution, the methods, and what is solid and dashed.
    assertEquals(1 + 12 + 1, colours.size());
  }

  @Test
  void theFigureIsWellFormedAndHasEveryLine() throws Exception {
    Runs runs = Runs.asInThePaper(3);
    runs.put("dagger", "swimmer", 10, 1, NEVER, NEVER);
    Document svg = parse(Figure.svg(runs.results(), "paper", List.of(pendulum())));
    int curves = 0;
    int bands = 0;
    NodeList groups = svg.getElementsByTagName("g");
    assertEquals(4, groups.getLength());
    for (int g = 0; g < 4; g++) {
      NodeList paths = ((Element) groups.item(g)).getElementsByTagName("path");
      for (int i = 0; i < paths.getLength(); i++) {
        Element path = (Element) paths.item(i);
        String d = path.getAttribute("d");
        assertFalse(d.contains("NaN") || d.contains("Infinity"), d);
        bands += path.hasAttribute("fill-opacity") ? 1 : 0;
        curves += d.split("L").length == Runs.ITERATIONS ? 1 : 0;
      }
    }
    assertEquals(4 * 8 * 2, bands);
    assertEquals(4 * 8 * 2, curves);
    List<String> texts = new ArrayList<>();
    NodeList nodes = svg.getElementsByTagName("text");
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    assertEquals(
        List.of(
            "swimmer, 10 hidden units",
            "walker, 10 hidden units",
            "swimmer, 5 hidden units",
            "walker, 5 hidden units"),
        texts.stream().filter(text -> text.endsWith("units")).toList());
    assertTrue(texts.containsAll(Claims.METHODS), texts::toString);
    assertTrue(texts.contains("a <b> & \"c\""), texts::toString);
  }

  @Test
  void theFigureOfNoRunsSaysSo() throws Exception {
    Results results = new Results(List.of(Runs.group("gps", "walker", 5)), 1);
    Document svg = parse(Figure.svg(results, "paper", List.of()));
    assertTrue(svg.getDocumentElement().getTextContent().contains("no runs yet"));
  }

  @Test
  void theAxisIsCutAtMultiplesOfDdp() {
    Results results = Runs.asInThePaper(2).results();
    assertEquals(
        new CostAxis(75, 300),
        CostAxis.of(results.summaries("paper", new ComparedTask("swimmer", Architecture.of(5)))));
    assertEquals(
        new CostAxis(0, 1000),
        CostAxis.of(results.summaries("paper", new ComparedTask("walker", Architecture.of(5)))));
  }

  /** Two links of 1 m, hanging: the second one's mass is twice the first one's. */
  @Test
  void linksFollowTheirHinges() {
    Skeleton skeleton = new Skeleton(pendulum().geometry());
    double[] state = {5, 7, 0, -Math.PI / 2};
    List<Skeleton.Capsule> capsules = skeleton.capsules(state);
    assertPoint(5, 7, capsules.get(0).from());
    assertPoint(5, 6, capsules.get(0).to());
    assertPoint(5, 6, capsules.get(1).from());
    assertPoint(4, 6, capsules.get(1).to());
    assertPoint((5 + 2 * 4.5) / 3, (6.5 + 2 * 6) / 3, skeleton.centre(state));
  }

  private static void assertPoint(double x, double y, Skeleton.Point point) {
    assertEquals(x, point.x(), 1e-12);
    assertEquals(y, point.y(), 1e-12);
  }

  private static LearnedMotion pendulum() {
    return new LearnedMotion(
        "a <b> & \"c\"",
        0.1,
        List.of(
            new LinkGeometry("upper", -1, 0, 1, 2, 1, 0, 0, 0, 0, 0, -1, 0.1, 1, 0, -0.5),
            new LinkGeometry("lower", 0, -1, -1, 3, 1, 0, -1, 0, 0, 0, -1, 0.1, 2, 0, -0.5)),
        true,
        List.of(new double[] {0, 2, 0, 0}, new double[] {1, 2, 0.5, -0.5}),
        List.of(new double[] {0, 2, 0, 0}, new double[] {1.2, 2, 0.4, -0.4}));
  }

  private static Document parse(String xml) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(xml)));
  }
}
