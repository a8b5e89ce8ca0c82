package io.gaitway.agents.reproduction;

import io.gaitway.agents.reproduction.Skeleton.Capsule;
import io.gaitway.agents.reproduction.Skeleton.Point;
import io.gaitway.agents.statistics.Intervals;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * The paper's Figure 1, drawn as SVG: a panel of average costs for every task, and one of motions.
 * Written element by element: chart libraries for Java measure text with AWT's fonts, which need
 * fontconfig on the machine.
 */
public final class Figure {
  private static final List<String> COLOURS =
      List.of(
          "#1f5fd6", "#c2571a", "#1b8a6b", "#8a3fb0", "#b08a00", "#c22e5b", "#4a90a4", "#7a5c3e",
          "#6b7f1f", "#d6499c", "#5b6ee0", "#4b5563");
  private static final String INK = "#16181d";
  private static final String SOFT_INK = "#5a606b";
  private static final String GRID = "#e3e3de";

  private static final int MARGIN = 16;
  private static final int PANEL_WIDTH = 400;
  private static final int PANEL_HEIGHT = 300;
  private static final int LEFT = 58;
  private static final int TOP = 30;
  private static final int RIGHT = 12;
  private static final int BOTTOM = 44;
  private static final int COLUMNS = 2;
  private static final int SIDE_WIDTH = 360;
  private static final int LEGEND_LINE = 20;
  private static final int POSES = 5;

  private final Results results;
  private final String preset;
  private final List<LearnedMotion> motions;
  private final Svg svg = new Svg();

  private Figure(Results results, String preset, List<LearnedMotion> motions) {
    this.results = results;
    this.preset = preset;
    this.motions = motions;
  }

  /**
   * Draws the figure.
   *
   * @param results the runs
   * @param preset whose runs to draw
   * @param motions what the panel of motions shows
   * @return an SVG document
   */
  public static String svg(Results results, String preset, List<LearnedMotion> motions) {
    return new Figure(results, preset, motions).draw();
  }

  /** The tasks in the figure's order: the paper has the larger policies above. */
  public static List<ComparedTask> order(List<ComparedTask> tasks) {
    return tasks.stream()
        .sorted(
            Comparator.comparingInt((ComparedTask task) -> -task.architecture().units())
                .thenComparingInt(
                    task ->
                        tasks.stream()
                            .map(ComparedTask::environment)
                            .toList()
                            .indexOf(task.environment())))
        .toList();
  }

  private String draw() {
    List<ComparedTask> tasks = order(results.tasks());
    int rows = (tasks.size() + COLUMNS - 1) / COLUMNS;
    int side = sideHeight();
    int width = 2 * MARGIN + COLUMNS * PANEL_WIDTH + SIDE_WIDTH;
    int height = 2 * MARGIN + Math.max(rows * PANEL_HEIGHT, side);
    svg.begin(width, height, "Average cost over iterations, preset " + preset);
    for (int i = 0; i < tasks.size(); i++) {
      panel(
          tasks.get(i), i, MARGIN + i % COLUMNS * PANEL_WIDTH, MARGIN + i / COLUMNS * PANEL_HEIGHT);
    }
    int x = MARGIN + COLUMNS * PANEL_WIDTH + LEFT / 2;
    legend(x, MARGIN + TOP);
    int y = MARGIN + legendHeight();
    for (LearnedMotion motion : motions) {
      y += motion(motion, x, y);
    }
    return svg.end();
  }

  private int legendHeight() {
    return TOP + (results.agents().size() + 4) * LEGEND_LINE;
  }

  private int sideHeight() {
    int height = legendHeight();
    for (LearnedMotion motion : motions) {
      height += (int) Math.ceil(new Track(motion).height());
    }
    return height;
  }

  private String colour(String agent) {
    return COLOURS.get(results.agents().indexOf(agent) % COLOURS.size());
  }

  private void legend(int x, int top) {
    int y = top;
    legendLine(x, y, INK, "", "initial DDP solution");
    for (String agent : results.agents()) {
      y += LEGEND_LINE;
      legendLine(x, y, colour(agent), "", agent);
    }
    y += LEGEND_LINE;
    legendLine(x, y, SOFT_INK, "", "with the policy's noise");
    y += LEGEND_LINE;
    legendLine(x, y, SOFT_INK, "6 4", "without noise");
  }

  private void legendLine(int x, int y, String colour, String dash, String text) {
    svg.path("M" + x + " " + (y - 4) + "h28", colour, 2, dash);
    svg.text(x + 36, y, "start", 13, INK, text);
  }

  private void panel(ComparedTask task, int number, int x, int y) {
    List<Summary> summaries = results.summaries(preset, task);
    double middle = x + LEFT + (PANEL_WIDTH - LEFT - RIGHT) / 2.0;
    svg.text(middle, y + TOP - 10, "middle", 14, INK, task.title());
    if (summaries.isEmpty()) {
      svg.text(middle, y + PANEL_HEIGHT / 2.0, "middle", 13, SOFT_INK, "no runs yet");
      return;
    }
    CostAxis axis = CostAxis.of(summaries);
    int iterations =
        summaries.stream()
            .mapToInt(s -> s.of(PolicyKind.STOCHASTIC).costs().size())
            .max()
            .orElseThrow();
    Plot plot =
        new Plot(
            x + LEFT,
            y + TOP,
            PANEL_WIDTH - LEFT - RIGHT,
            PANEL_HEIGHT - TOP - BOTTOM,
            iterations,
            axis);
    frame(plot);
    String clip = "panel" + number;
    svg.clip(clip, plot.left(), plot.top(), plot.width(), plot.height());
    svg.beginGroup(clip);
    for (Summary summary : summaries) {
      String colour = colour(summary.group().agent());
      for (PolicyKind kind : PolicyKind.values()) {
        svg.band(plot.band(summary.of(kind).costs()), colour);
      }
    }
    double ddp = plot.y(summaries.get(0).ddp());
    svg.path(
        String.format(Locale.ROOT, "M%d %.2fh%d", plot.left(), ddp, plot.width()), INK, 1.5, "");
    for (Summary summary : summaries) {
      String colour = colour(summary.group().agent());
      for (PolicyKind kind : PolicyKind.values()) {
        String dash = kind == PolicyKind.DETERMINISTIC ? "6 4" : "";
        svg.path(plot.line(summary.of(kind).costs(), Intervals::estimate), colour, 1.75, dash);
      }
    }
    svg.endGroup();
  }

  private void frame(Plot plot) {
    double step = niceStep((plot.axis().high() - plot.axis().low()) / 6);
    for (double tick = Math.ceil(plot.axis().low() / step) * step;
        tick <= plot.axis().high() * (1 + 1e-9);
        tick += step) {
      double y = plot.y(tick);
      svg.path(
          String.format(Locale.ROOT, "M%d %.2fh%d", plot.left(), y, plot.width()), GRID, 1, "");
      svg.text(plot.left() - 6, y + 4, "end", 11, SOFT_INK, number(tick));
    }
    double every = Math.max(1, niceStep(plot.iterations() / 5.0));
    for (double tick = every; tick <= plot.iterations(); tick += every) {
      svg.text(
          plot.x((int) tick),
          plot.top() + plot.height() + 15,
          "middle",
          11,
          SOFT_INK,
          number(tick));
    }
    svg.path(
        "M" + plot.left() + " " + plot.top() + "v" + plot.height() + "h" + plot.width(),
        SOFT_INK,
        1,
        "");
    double middle = plot.left() + plot.width() / 2.0;
    svg.text(middle, plot.top() + plot.height() + 32, "middle", 12, SOFT_INK, "iteration");
    svg.upwards(plot.left() - 44, plot.top() + plot.height() / 2.0, 12, SOFT_INK, "average cost");
  }

  /** Draws one motion and says how much room it took. */
  private int motion(LearnedMotion motion, int x, int top) {
    Track track = new Track(motion);
    svg.text(x, top + 14, "start", 13, INK, motion.title());
    double below = top + track.height() - 10;
    if (motion.ground()) {
      svg.path(
          String.format(
              Locale.ROOT, "M%d %.2fh%d", x, below + track.bottom * track.scale, track.room()),
          SOFT_INK,
          1,
          "");
    }
    for (int pose = 0; pose < POSES; pose++) {
      double[] state = motion.learned().get((motion.learned().size() - 1) * pose / (POSES - 1));
      for (Capsule capsule : track.skeleton.capsules(state)) {
        svg.segment(
            track.x(x, capsule.from()),
            track.y(below, capsule.from()),
            track.x(x, capsule.to()),
            track.y(below, capsule.to()),
            "#8fb0ea",
            Math.max(1.5, 2 * capsule.radius() * track.scale));
      }
    }
    svg.path(track.centres(x, below, motion.ddp()), INK, 1.5, "");
    svg.path(track.centres(x, below, motion.learned()), COLOURS.get(0), 1.75, "");
    return (int) Math.ceil(track.height());
  }

  /** 1, 2 or 5 times a power of ten, at least {@code least}. */
  private static double niceStep(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (double factor : new double[] {1, 2, 5}) {
      if (factor * power >= least * (1 - 1e-9)) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.3g", value);
  }

  /** Where a motion goes, and the scale to draw it at. */
  private static final class Track {
    private static final int TITLE = 24;
    private static final int GAP = 22;

    final Skeleton skeleton;
    double left = Double.POSITIVE_INFINITY;
    double right = Double.NEGATIVE_INFINITY;
    double bottom = Double.POSITIVE_INFINITY;
    double top = Double.NEGATIVE_INFINITY;
    final double scale;

    Track(LearnedMotion motion) {
      skeleton = new Skeleton(motion.geometry());
      for (List<double[]> states : List.of(motion.learned(), motion.ddp())) {
        for (double[] state : states) {
          for (Capsule capsule : skeleton.capsules(state)) {
            include(capsule.from(), capsule.radius());
            include(capsule.to(), capsule.radius());
          }
        }
      }
      scale = Math.min(room() / (right - left), 200 / (top - bottom));
    }

    private void include(Point point, double radius) {
      left = Math.min(left, point.x() - radius);
      right = Math.max(right, point.x() + radius);
      bottom = Math.min(bottom, point.y() - radius);
      top = Math.max(top, point.y() + radius);
    }

    int room() {
      return SIDE_WIDTH - LEFT / 2 - RIGHT;
    }

    double height() {
      return TITLE + (top - bottom) * scale + GAP;
    }

    double x(int from, Point point) {
      return from + (point.x() - left) * scale;
    }

    double y(double below, Point point) {
      return below - (point.y() - bottom) * scale;
    }

    String centres(int from, double below, List<double[]> states) {
      List<String> places = new ArrayList<>();
      for (double[] state : states) {
        Point centre = skeleton.centre(state);
        places.add(Svg.place(x(from, centre), y(below, centre)));
      }
      return "M" + String.join("L", places);
    }
  }

  /**
   * The place of a panel's curves.
   *
   * @param left pixels, as the next three
   * @param iterations the last one's number
   * @param axis the costs
   */
  private record Plot(int left, int top, int width, int height, int iterations, CostAxis axis) {
    double x(int iteration) {
      return left + (double) width * iteration / iterations;
    }

    /** Costs beyond the axis, also infinite ones, are a panel's height above it. */
    double y(double cost) {
      double part = (cost - axis.low()) / (axis.high() - axis.low());
      return top + height * (1 - Math.min(part, 2));
    }

    private List<String> places(List<Intervals> costs, ToDoubleFunction<Intervals> figure) {
      List<String> places = new ArrayList<>();
      for (int i = 0; i < costs.size(); i++) {
        places.add(Svg.place(x(i + 1), y(figure.applyAsDouble(costs.get(i)))));
      }
      return places;
    }

    String line(List<Intervals> costs, ToDoubleFunction<Intervals> figure) {
      return "M" + String.join("L", places(costs, figure));
    }

    String band(List<Intervals> costs) {
      List<String> around = new ArrayList<>(places(costs, Intervals::upper));
      List<String> below = places(costs, Intervals::lower);
      for (int i = below.size() - 1; i >= 0; i--) {
        around.add(below.get(i));
      }
      return "M" + String.join("L", around) + "Z";
    }
  }
}
