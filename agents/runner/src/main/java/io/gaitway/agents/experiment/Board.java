package io.gaitway.agents.experiment;

import io.gaitway.agents.console.Pace;
import io.gaitway.agents.console.Quantities;
import io.gaitway.agents.results.Group;
import io.gaitway.agents.results.GroupTask;
import io.gaitway.agents.results.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** How far an experiment is, in lines of at most 80 columns. Not for several threads at once. */
final class Board {
  static final int WIDTH = 80;
  private static final int NAME_WIDTH = 20;
  private static final int CELL_WIDTH = 14;
  private static final int MOST_ROWS = 18;
  private static final int MOST_RUNNING = 5;

  private enum State {
    WAITING,
    RUNNING,
    ELSEWHERE,
    DONE,
    FAILED
  }

  private static final class Item {
    final Plan.Entry entry;
    State state = State.WAITING;
    int iteration;
    double seconds;
    final Pace pace = new Pace();
    double ratio = Double.NaN;

    Item(Plan.Entry entry) {
      this.entry = entry;
    }

    int iterations() {
      return entry.run().common().iterations();
    }

    boolean is(State wanted) {
      return state == wanted;
    }

    /** What a running run still takes, s; NaN before its first iteration. */
    double left() {
      return pace.secondsFor(iterations() - iteration);
    }

    /** What the whole run takes, s; NaN as long as nothing tells. */
    double duration() {
      return switch (state) {
        case DONE -> seconds;
        case RUNNING -> seconds + left();
        case WAITING, ELSEWHERE, FAILED -> Double.NaN;
      };
    }
  }

  private final Map<Plan.Entry, Item> items = new LinkedHashMap<>();
  private final List<Group> groups;
  private final int jobs;

  /**
   * The board before anything has run.
   *
   * @param jobs runs that are done at the same time
   */
  Board(Plan plan, int jobs) {
    groups = plan.groups();
    plan.entries().forEach(entry -> items.put(entry, new Item(entry)));
    this.jobs = jobs;
  }

  /**
   * A run goes on.
   *
   * @param iteration iterations completed so far
   */
  void started(Plan.Entry entry, int iteration) {
    Item item = item(entry);
    item.state = State.RUNNING;
    item.iteration = iteration;
  }

  /**
   * A run has completed an iteration.
   *
   * @param iteration its number
   * @param took what it took, s
   * @param seconds what the run took so far, s
   * @param ratio its stochastic cost relative to DDP; +∞ if the policy diverged
   */
  void iterated(Plan.Entry entry, int iteration, double took, double seconds, double ratio) {
    Item item = item(entry);
    item.iteration = iteration;
    item.seconds = seconds;
    item.pace.took(took);
    item.ratio = ratio;
  }

  /**
   * A run is complete.
   *
   * @param seconds what it took, s
   * @param ratio its last stochastic cost relative to DDP; +∞ if the policy diverged
   */
  void done(Plan.Entry entry, double seconds, double ratio) {
    Item item = item(entry);
    item.state = State.DONE;
    item.seconds = seconds;
    item.ratio = ratio;
  }

  /** Another process is at a run. */
  void busy(Plan.Entry entry) {
    item(entry).state = State.ELSEWHERE;
  }

  /** A run has ended with an error. */
  void failed(Plan.Entry entry) {
    item(entry).state = State.FAILED;
  }

  private Item item(Plan.Entry entry) {
    Item item = items.get(entry);
    if (item == null) {
      throw new IllegalArgumentException(entry.name() + " is not part of the experiment");
    }
    return item;
  }

  /** Runs that are complete, of all, and the time that is left. */
  String headline() {
    double left = secondsLeft();
    return left > 0 ? counts() + ", about " + Quantities.duration(left) + " left" : counts();
  }

  /** Runs that are complete, of all. */
  String counts() {
    StringBuilder text = new StringBuilder();
    text.append(count(State.DONE)).append(" of ").append(items.size()).append(" runs done");
    if (count(State.FAILED) > 0) {
      text.append(", ").append(count(State.FAILED)).append(" failed");
    }
    if (count(State.RUNNING) > 0) {
      text.append(", ").append(count(State.RUNNING)).append(" running");
    }
    if (count(State.ELSEWHERE) > 0) {
      text.append(", ").append(count(State.ELSEWHERE)).append(" at other processes");
    }
    return text.toString();
  }

  private long count(State state) {
    return items.values().stream().filter(item -> item.is(state)).count();
  }

  /**
   * Estimates the time until all runs are done from those that are, and from the pace of those that
   * run: of the same group, else of the same agent, else of all.
   *
   * @return s; NaN as long as nothing tells
   */
  double secondsLeft() {
    double work = 0;
    double longest = 0;
    int open = 0;
    for (Item item : items.values()) {
      if (item.is(State.DONE) || item.is(State.FAILED)) {
        continue;
      }
      double left = item.left();
      if (Double.isNaN(left)) {
        left = expected(item) * (item.iterations() - item.iteration) / item.iterations();
      }
      work += left;
      longest = Math.max(longest, left);
      open++;
    }
    return open == 0 ? 0 : Math.max(longest, work / Math.min(jobs, open));
  }

  private double expected(Item item) {
    Group group = item.entry.groups().get(0);
    List<Predicate<Item>> kinds =
        List.of(
            other -> other.entry.groups().contains(group),
            other -> other.entry.groups().get(0).method().agent().equals(group.method().agent()),
            other -> true);
    for (Predicate<Item> kind : kinds) {
      DoubleStream durations =
          items.values().stream()
              .filter(kind)
              .mapToDouble(Item::duration)
              .filter(duration -> !Double.isNaN(duration));
      double mean = durations.average().orElse(Double.NaN);
      if (!Double.isNaN(mean)) {
        return mean;
      }
    }
    return Double.NaN;
  }

  /** What is running, and how far it is. */
  List<String> running() {
    return items.values().stream()
        .filter(item -> item.is(State.RUNNING))
        .map(
            item ->
                item.entry.name()
                    + "  "
                    + item.iteration
                    + "/"
                    + item.iterations()
                    + (Double.isNaN(item.ratio) ? "" : "  " + words(item.ratio) + " x DDP"))
        .toList();
  }

  /** All of it: what is done of every agent and task, and the last costs relative to DDP. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(headline());
    List<GroupTask> tasks = groups.stream().map(Group::task).distinct().toList();
    boolean folded = NAME_WIDTH + tasks.size() * CELL_WIDTH > WIDTH;
    StringBuilder head = new StringBuilder(" ".repeat(NAME_WIDTH));
    for (String title :
        folded ? List.of("all tasks") : tasks.stream().map(GroupTask::shortTitle).toList()) {
      head.append(padded(title, CELL_WIDTH));
    }
    lines.add(head.toString());
    lines.addAll(rows(folded ? List.of() : tasks));
    List<String> running = running();
    running.stream().limit(MOST_RUNNING).forEach(each -> lines.add("running " + each));
    return lines.stream()
        .map(line -> line.substring(0, Math.min(line.length(), WIDTH)).stripTrailing())
        .toList();
  }

  private List<String> rows(List<GroupTask> tasks) {
    List<Method> rows = groups.stream().map(Group::method).distinct().toList();
    long presets = rows.stream().map(Method::preset).distinct().count();
    if (rows.size() + presets > MOST_ROWS) {
      rows = rows.stream().filter(this::isUnderWay).toList();
    }
    List<String> lines = new ArrayList<>();
    String preset = "";
    for (Method row : rows) {
      if (!row.preset().equals(preset)) {
        preset = row.preset();
        lines.add(preset);
      }
      StringBuilder line = new StringBuilder(padded(name(row.title(false)), NAME_WIDTH));
      if (tasks.isEmpty()) {
        line.append(cell(of(row).toList()));
      }
      for (GroupTask task : tasks) {
        Group group = new Group(row, task);
        line.append(
            padded(
                cell(of(row).filter(item -> item.entry.groups().contains(group)).toList()),
                CELL_WIDTH));
      }
      lines.add(line.toString());
    }
    return lines.subList(0, Math.min(lines.size(), MOST_ROWS));
  }

  /** A method's name, which may be longer than its column. */
  private static String name(String method) {
    String name = "  " + method;
    return name.length() < NAME_WIDTH ? name : name.substring(0, NAME_WIDTH - 2) + "…";
  }

  private Stream<Item> of(Method row) {
    return items.values().stream()
        .filter(item -> item.entry.groups().stream().anyMatch(group -> group.method().equals(row)));
  }

  private boolean isUnderWay(Method row) {
    return of(row).anyMatch(item -> item.is(State.RUNNING));
  }

  /** How many are done, of how many, and the median of the last costs. */
  private static String cell(List<Item> items) {
    if (items.isEmpty()) {
      return "";
    }
    long done = items.stream().filter(item -> item.is(State.DONE)).count();
    double[] ratios = sorted(items, item -> item.ratio);
    return String.format(
        Locale.ROOT,
        "%5s %6s",
        done + "/" + items.size(),
        ratios.length == 0 ? "" : words(ratios[(ratios.length - 1) / 2]));
  }

  private static double[] sorted(List<Item> items, ToDoubleFunction<Item> figure) {
    double[] values =
        items.stream().mapToDouble(figure).filter(value -> !Double.isNaN(value)).toArray();
    Arrays.sort(values);
    return values;
  }

  /** A ratio in at most six characters. */
  static String words(double ratio) {
    return ratio < 1000
        ? String.format(Locale.ROOT, "%.2f", ratio)
        : Double.isInfinite(ratio) ? "div." : String.format(Locale.ROOT, "%.0e", ratio);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }
}
