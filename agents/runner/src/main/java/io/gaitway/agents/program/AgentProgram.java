package io.gaitway.agents.program;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.api.SettingsSchema;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.api.TrainableNetworks;
import io.gaitway.agents.console.Quantities;
import io.gaitway.client.agent.AgentClient;
import io.gaitway.client.agent.AgentDescription;
import io.gaitway.client.agent.AgentException;
import io.gaitway.client.agent.AgentNote;
import io.gaitway.client.agent.AgentTask;
import io.gaitway.client.agent.AgentTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An agent in a process of its own, in whatever language: started from a command line, watched, and
 * ended with all that it started. Every fault of it is an {@link AgentFault} that names the agent
 * and what happened.
 */
public final class AgentProgram implements AnyAgent, AutoCloseable {
  /** The option that names an agent's command line. */
  public static final String OPTION = "--agent";

  /** Time until the handshake, and again for the first answer. */
  private static final Duration STARTUP = Duration.ofMinutes(2);

  /** Time for a process to be seen to have ended, once its output or its connection has. */
  private static final Duration ENDING = Duration.ofSeconds(2);

  /** What to do about a program that comes to its end as if there were nothing to serve. */
  private static final String UNSERVED =
      "; it must serve its agent until its input ends, in Python by gaitway.agent.serve(MyAgent())";

  /** Last lines of a crashed agent that its fault quotes. */
  private static final int QUOTED_LINES = 3;

  private final String command;
  private final ChildProcess process;
  private final Duration patience;
  private final ReferenceSolver solver;
  private @Nullable AgentDescription description;
  private @Nullable DescribedSettings settings;

  // Read by whoever closes it, in whatever thread.
  private volatile @Nullable AgentClient client;
  private volatile @Nullable AgentTraining training;
  private volatile boolean keepsLog;

  private AgentProgram(
      String command, ChildProcess process, Duration patience, ReferenceSolver solver) {
    this.command = command;
    this.process = process;
    this.patience = patience;
    this.solver = solver;
  }

  /**
   * Starts an agent, which is then to be connected, and to be closed.
   *
   * @param command command line, see {@link CommandWords}
   * @param patience time without a sign of life after which it is given up
   * @param solver finds the reference of a training that the agent begins without one
   * @throws SettingException if the command cannot be started
   */
  static AgentProgram start(String command, Duration patience, ReferenceSolver solver)
      throws IOException {
    Path log = Files.createTempFile("gaitway-agent-", ".log");
    ChildProcess process;
    try {
      process = ChildProcess.start(OPTION, command, Map.of(), log);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(log);
      throw e;
    }
    return new AgentProgram(command, process, patience, solver);
  }

  /**
   * Waits until the agent is ready, and asks what it is.
   *
   * @throws AgentFault if the agent does not do as the contract says
   */
  void connect() {
    connect(STARTUP);
  }

  /** The same with another time until the handshake, and again for the first answer. */
  void connect(Duration startup) {
    String handshake = awaitHandshake(startup);
    AgentClient connected = guarded(() -> AgentClient.connect(handshake, patience));
    client = connected;
    AgentDescription found = guarded(() -> connected.describe("", startup));
    settings = checked(found);
    description = found;
  }

  private String awaitHandshake(Duration startup) {
    try {
      Optional<String> line = process.awaitLine(AgentClient::isHandshake, startup);
      if (line.isPresent()) {
        return line.get();
      }
      if (process.waitFor(ENDING)) {
        String served = process.isDone() ? UNSERVED : "";
        throw fault(process.ending() + " before it was ready" + lastWords() + served, null);
      }
      throw fault(
          "did not print its address within %s, as a line such as gaitway-agent|1|tcp|127.0.0.1:43127"
                  .formatted(Quantities.duration(startup.toMillis() * 1e-3))
              + lastWords(),
          null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw fault("was interrupted before it was ready", e);
    }
  }

  private DescribedSettings checked(AgentDescription found) {
    try {
      return DescribedSettings.of(found);
    } catch (IllegalArgumentException e) {
      throw fault("gave an invalid description of itself: " + e.getMessage(), e);
    }
  }

  /** The command line that started it. */
  String command() {
    return command;
  }

  /** Time without a sign of life after which it is given up. */
  Duration patience() {
    return patience;
  }

  @Override
  public String name() {
    return description().name();
  }

  @Override
  public String summary() {
    return description().summary();
  }

  @Override
  public SettingsSchema schema() {
    return present(settings).schema();
  }

  @Override
  public List<String> presets() {
    return List.copyOf(present(settings).presets().keySet());
  }

  @Override
  public ObjectNode presetSettings(String preset, String environment) {
    DescribedSettings described = checked(guarded(() -> present(client).describe(environment)));
    @Nullable ObjectNode values = described.presets().get(preset);
    if (values == null || !described.schema().equals(schema())) {
      throw fault("has other settings for " + environment + " than it listed at first", null);
    }
    return values;
  }

  @Override
  public TrainableNetworks trainable() {
    return new TrainableNetworks(
        Math.max(0, description().maxHiddenLayers()), description().activations());
  }

  @Override
  public Learner learner(Task<ObjectNode> task, Consumer<String> notes) {
    schema().check(task.settings());
    return new ProgramLearner(this, solver, task, notes);
  }

  /** Begins a training; there is one at a time. */
  AgentTraining begin(AgentTask task, Consumer<String> notes) {
    AgentTraining begun =
        guarded(() -> present(client).begin(task, note -> notes.accept(words(note))));
    training = begun;
    return begun;
  }

  private static String words(AgentNote note) {
    return note.fraction() >= 0 && note.fraction() <= 1
        ? String.format(Locale.ROOT, "%s (%.0f %%)", note.text(), 100 * note.fraction())
        : note.text();
  }

  /** Has the agent do something, and says what became of it if it fails. */
  <R> R guarded(Supplier<R> work) {
    try {
      return work.get();
    } catch (AgentException e) {
      if (e.kind() == AgentException.Kind.LOST && hasEnded()) {
        throw fault(process.ending() + " and " + e.getMessage() + lastWords(), e);
      }
      throw fault(e.getMessage(), e);
    }
  }

  private boolean hasEnded() {
    try {
      return process.waitFor(ENDING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** A fault of this agent, in words that go on from its name. */
  AgentFault fault(String words, @Nullable Throwable cause) {
    String who = description == null ? "'" + command + "'" : description.name();
    String where = keepsLog ? "; what it printed is in " + process.log() : "";
    return new AgentFault(
        ("agent " + who + " " + words).replaceAll("[\\p{Cntrl}\\s]+", " ") + where, cause);
  }

  private String lastWords() {
    List<String> lines = process.lastLines();
    List<String> last = lines.subList(Math.max(0, lines.size() - QUOTED_LINES), lines.size());
    return last.isEmpty() ? "" : ": " + String.join(" | ", last);
  }

  /** Keeps what it printed so far, and what it will print, in a file. */
  void keepLog(Path file) throws IOException {
    process.moveLog(file);
    keepsLog = true;
  }

  private AgentDescription description() {
    return present(description);
  }

  private static <V> V present(@Nullable V value) {
    if (value == null) {
      throw new IllegalStateException("the agent has not been started");
    }
    return value;
  }

  /** Ends its training, if there is one, and its process with all that it started. */
  @Override
  public void close() {
    @Nullable AgentTraining begun = training;
    if (begun != null) {
      begun.close();
    }
    process.close();
    @Nullable AgentClient connected = client;
    if (connected != null) {
      connected.close();
    }
    if (!keepsLog) {
      try {
        Files.deleteIfExists(process.log());
      } catch (IOException e) {
        System.getLogger(AgentProgram.class.getName())
            .log(System.Logger.Level.WARNING, "{0} stays: {1}", process.log(), e.getMessage());
      }
    }
  }
}
