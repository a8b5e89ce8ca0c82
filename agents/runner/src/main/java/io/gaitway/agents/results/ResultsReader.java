package io.gaitway.agents.results;

import io.gaitway.agents.results.RunResult.State;
import io.gaitway.agents.table.CsvRows;
import io.gaitway.optim.policy.Architecture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads tables that {@link ResultsCsv#iterations} wrote, and joins them: rows about the same run
 * and iteration have to agree but for times. A run that one table has complete is complete.
 */
public final class ResultsReader {
  private static final List<String> NEEDED =
      List.of(
          "agent",
          "environment",
          "scale",
          "hidden",
          "preset",
          "settings",
          "seed",
          "state",
          "iteration",
          "ddp_cost",
          "stochastic_cost",
          "deterministic_cost",
          "falls",
          "success_share",
          "stochastic_success",
          "deterministic_success",
          "samples",
          "derivatives",
          "seconds");

  private record Key(Group group, long seed) {}

  /** A run as far as it was read. */
  private static final class Entry {
    final String settings;
    final Cell first;
    State state;
    double ddp;
    final SortedMap<Integer, Step> steps = new TreeMap<>();
    final Map<Integer, Cell> places = new LinkedHashMap<>();

    Entry(String settings, State state, Cell first) {
      this.settings = settings;
      this.state = state;
      this.first = first;
    }
  }

  private final Map<Key, Entry> runs = new LinkedHashMap<>();

  private ResultsReader() {}

  /**
   * Reads and joins tables.
   *
   * @throws IOException naming file, row and column of what is wrong, or of what contradicts
   */
  public static Results read(List<Path> files) throws IOException {
    ResultsReader reader = new ResultsReader();
    for (Path file : files) {
      reader.add(CsvRows.read(file));
    }
    List<RunResult> results = new ArrayList<>();
    for (Map.Entry<Key, Entry> each : reader.runs.entrySet()) {
      results.add(reader.result(each.getKey(), each.getValue()));
    }
    results.sort(Comparator.comparingLong(RunResult::seed));
    return new Results(results);
  }

  private void add(CsvRows table) throws IOException {
    Set<String> missing = new HashSet<>(NEEDED);
    table.head().forEach(missing::remove);
    for (String name : NEEDED) {
      if (missing.contains(name)) {
        throw new IOException(
            table.file()
                + " has no column '"
                + name
                + "'; it must be an experiment's iterations.csv");
      }
    }
    for (CsvRows.Row row : table.rows()) {
      add(new Cell(table, row));
    }
  }

  private void add(Cell row) throws IOException {
    Key key = new Key(row.group(), row.integer("seed"));
    int iteration = (int) row.integer("iteration");
    State state = row.state();
    Entry entry = runs.computeIfAbsent(key, missing -> new Entry(row.text("settings"), state, row));
    if (!entry.settings.equals(row.text("settings"))) {
      throw row.contradicts(entry.first, "settings");
    }
    if (state != State.COMPLETE) {
      return;
    }
    entry.state = State.COMPLETE;
    double ddp = row.number("ddp_cost");
    Step step = row.step(iteration);
    @Nullable Cell before = entry.places.putIfAbsent(iteration, row);
    if (before == null) {
      if (!entry.steps.isEmpty() && entry.ddp != ddp) {
        throw row.contradicts(entry.places.values().iterator().next(), "ddp_cost");
      }
      entry.ddp = ddp;
      entry.steps.put(iteration, step);
    } else if (entry.ddp != ddp
        || !step.agrees(Objects.requireNonNull(entry.steps.get(iteration)))) {
      throw row.contradicts(before, row.differing(before));
    }
  }

  private RunResult result(Key key, Entry entry) throws IOException {
    if (entry.state == State.FAILED) {
      return RunResult.failed(key.group(), entry.settings, key.seed(), null);
    }
    if (entry.state == State.MISSING) {
      return RunResult.missing(key.group(), entry.settings, key.seed());
    }
    if (entry.steps.firstKey() != 1 || entry.steps.lastKey() != entry.steps.size()) {
      throw new IOException(
          "%s: the run of %s on %s with seed %d does not have every iteration from 1 to %d"
              .formatted(
                  entry.first.table.file(),
                  key.group().method().title(),
                  key.group().task().title(),
                  key.seed(),
                  entry.steps.lastKey()));
    }
    return RunResult.complete(
        key.group(), entry.settings, key.seed(), entry.ddp, List.copyOf(entry.steps.values()));
  }

  /** A row and where it is. */
  private record Cell(CsvRows table, CsvRows.Row row) {
    String text(String column) {
      return row.cell(column);
    }

    IOException wrong(String column, String what) {
      return new IOException(
          "%s, row %d: %s must be %s, but is '%s'"
              .formatted(table.file(), row.number(), column, what, text(column)));
    }

    private <T> T read(String column, String what, Function<String, T> reader) throws IOException {
      try {
        return reader.apply(text(column));
      } catch (IllegalArgumentException e) {
        throw wrong(column, what);
      }
    }

    double number(String column) throws IOException {
      double value = read(column, "a number", Double::valueOf);
      if (Double.isNaN(value)) {
        throw wrong(column, "a number");
      }
      return value;
    }

    long integer(String column) throws IOException {
      return read(column, "a whole number", Long::valueOf);
    }

    private boolean yes(String column) throws IOException {
      String text = text(column);
      if (!text.equals("0") && !text.equals("1")) {
        throw wrong(column, "0 or 1");
      }
      return text.equals("1");
    }

    State state() throws IOException {
      return read(
          "state",
          "complete, failed or missing",
          text -> {
            for (State state : State.values()) {
              if (state.toString().equals(text)) {
                return state;
              }
            }
            throw new IllegalArgumentException(text);
          });
    }

    Group group() throws IOException {
      SortedMap<String, String> settings = new TreeMap<>();
      SortedMap<String, String> parameters = new TreeMap<>();
      for (String column : table.head()) {
        String value = text(column);
        if (value.isEmpty()) {
          continue;
        }
        if (column.startsWith(ResultsCsv.SETTING)) {
          settings.put(column.substring(ResultsCsv.SETTING.length()), value);
        } else if (column.startsWith(ResultsCsv.PARAMETER)) {
          parameters.put(column.substring(ResultsCsv.PARAMETER.length()), value);
        }
      }
      Architecture architecture =
          read("hidden", "layers such as 10 or 64x64-tanh", Architecture::parse);
      return new Group(
          new Method(text("agent"), text("preset"), settings),
          new GroupTask(text("environment"), text("scale"), architecture, parameters));
    }

    Step step(int iteration) throws IOException {
      if (iteration < 1) {
        throw wrong("iteration", "at least 1");
      }
      return new Step(
          iteration,
          number("stochastic_cost"),
          number("deterministic_cost"),
          text("falls").isEmpty() ? null : number("falls"),
          number("success_share"),
          yes("stochastic_success"),
          yes("deterministic_success"),
          integer("samples"),
          integer("derivatives"),
          number("seconds"));
    }

    /** The first column in which another row about the same run and iteration differs. */
    String differing(Cell other) {
      for (String column : table.head()) {
        if (!column.equals("seconds")
            && other.row.cells().containsKey(column)
            && !text(column).equals(other.text(column))) {
          return column;
        }
      }
      return "iteration";
    }

    IOException contradicts(Cell before, String column) {
      return new IOException(
          "%s, row %d contradicts %s, row %d: %s is %s, not %s; leave one of the tables out"
              .formatted(
                  table.file(),
                  row.number(),
                  before.table.file(),
                  before.row.number(),
                  column,
                  text(column),
                  before.text(column)));
    }
  }
}
