package io.gaitway.server.evaluation;

import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.episode.Trajectory;
import io.gaitway.server.wire.Codec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An evaluation with its running episodes: asks whoever controls it, round by round, and keeps what
 * has come to an end. Everything that happens to it happens in turn, on {@link #turns}.
 */
final class LiveEvaluation {
  /** Shortest time for the first round of an attachment: some controllers have things to load. */
  private static final Duration FIRST_ROUND = Duration.ofSeconds(10);

  private final SuiteModel suite;
  private final Evaluation evaluation;
  private final EvaluationStore store;
  private final DeadlineTimer timer;
  private final InstantSource clock;
  private final Executor turns;
  private final Duration patience;
  private final Consumer<LiveEvaluation> owner;
  private final Duration deadline;

  private final List<EpisodeResult> finished;
  private final Deque<Integer> waiting = new ArrayDeque<>();
  private final List<Episode> running = new ArrayList<>();

  /** Who controls; nobody as long as it is null. */
  private volatile @Nullable ControlCall link;

  /** Controllers that are about to get control. */
  private final AtomicInteger arriving = new AtomicInteger();

  private int attachment;

  /** Whether whoever controls has answered a round since it attached. */
  private boolean answering;

  private long round = -1;
  private Runnable cancelDeadline = () -> {};
  private volatile Runnable cancelFarewell = () -> {};

  /** Whether it has ended or can no longer go on; the store has what there is to know. */
  private volatile boolean over;

  /**
   * Goes on with what the store has; nothing begins before somebody attaches.
   *
   * @param turns runs one thing after another
   * @param patience how long it waits for somebody to control it
   * @param owner is told when nothing more can happen to it, or when nobody has controlled it for
   *     that long, by which time somebody may have come after all
   */
  LiveEvaluation(
      SuiteModel suite,
      EvaluationStore.Stored stored,
      EvaluationStore store,
      DeadlineTimer timer,
      InstantSource clock,
      Executor turns,
      Duration patience,
      Consumer<LiveEvaluation> owner) {
    this.suite = suite;
    evaluation = stored.evaluation();
    finished = new ArrayList<>(stored.episodes());
    this.store = store;
    this.timer = timer;
    this.clock = clock;
    this.turns = turns;
    this.patience = patience;
    this.owner = owner;
    deadline = Codec.duration(evaluation.getActionDeadline());
    Set<Integer> done = new HashSet<>();
    finished.forEach(result -> done.add(result.getEpisode()));
    for (int number = 0; number < suite.suite().getEpisodes(); number++) {
      if (!done.contains(number)) {
        waiting.add(number);
      }
    }
  }

  /** Whether nothing more can happen to it. */
  boolean isOver() {
    return over;
  }

  /** Whether somebody controls it or is about to. */
  boolean isControlled() {
    return link != null || arriving.get() > 0;
  }

  String id() {
    return evaluation.getId();
  }

  /** The most memory that its running episodes can take, bytes. */
  long bytes() {
    long most = 0;
    for (Model model : suite.models()) {
      most = Math.max(most, Trajectory.bytes(model, suite.suite().getHorizon()));
    }
    return most * evaluation.getParallel();
  }

  /** Waits for a call, which is to attach or to stay away. */
  void expect() {
    arriving.incrementAndGet();
  }

  /** Takes note that a call that was expected will not attach. */
  void stayAway(ControlCall absent) {
    inTurn(
        absent,
        () -> {
          arriving.decrementAndGet();
          if (running.isEmpty()) {
            owner.accept(this);
          }
        });
  }

  /** Gives control to {@code newcomer}, which was expected; whoever had it loses it. */
  void attach(ControlCall newcomer) {
    inTurn(
        newcomer,
        () -> {
          ControlCall before = link;
          if (!over) {
            link = newcomer;
          }
          arriving.decrementAndGet();
          if (over) {
            // It ended, or went to another process, just now: trying again tells which.
            newcomer.takenOver();
            return;
          }
          cancelDeadline.run();
          cancelFarewell.run();
          if (before != null) {
            before.takenOver();
          }
          attachment = store.attach(evaluation.getId());
          answering = false;
          newcomer.task(described(evaluation.toBuilder().setControlled(true)), suite);
          if (running.isEmpty()) {
            nextRound(newcomer);
          } else {
            ask(newcomer);
          }
        });
  }

  /** Takes note that {@code leaver} is gone: its episodes wait. */
  void detach(ControlCall leaver) {
    inTurn(
        leaver,
        () -> {
          if (leaver == link) {
            release();
          }
        });
  }

  /** Takes control back from {@code leaver}, once what it answered before has been carried out. */
  void handBack(ControlCall leaver) {
    inTurn(
        leaver,
        () -> {
          if (leaver == link) {
            release();
          }
          leaver.completed();
        });
  }

  /**
   * Takes the answer to a round.
   *
   * @param answered the round's number, as the controller says
   * @param actions makes the actions, of shape (n, nu) for a round of n episodes
   */
  void answer(ControlCall from, long answered, Actions actions) {
    inTurn(
        from,
        () -> {
          if (from != link) {
            return;
          }
          cancelDeadline.run();
          answering = true;
          if (answered != round) {
            failRound(
                from,
                ControllerFault.CONTROLLER_FAULT_OUT_OF_TURN,
                "round %d was answered, but round %d was asked".formatted(answered, round));
            return;
          }
          double[] us;
          try {
            us = actions.read(running.size(), suite.nu());
          } catch (IllegalArgumentException e) {
            failRound(
                from,
                ControllerFault.CONTROLLER_FAULT_MALFORMED_ACTIONS,
                String.valueOf(e.getMessage()));
            return;
          }
          for (int i = 0; i < running.size(); i++) {
            running.get(i).act(us, i * suite.nu());
          }
          if (keepFinished(from)) {
            nextRound(from);
          }
        });
  }

  /** Reads actions from a message. */
  interface Actions {
    /**
     * The actions, shape (n, nu), finite or not.
     *
     * @throws IllegalArgumentException if the message holds no actions of that shape; it says why
     */
    double[] read(int n, int nu);
  }

  /** Asks for the next actions, or ends what has no episodes left. */
  private void nextRound(ControlCall to) {
    List<Integer> next = new ArrayList<>();
    while (running.size() + next.size() < evaluation.getParallel() && !waiting.isEmpty()) {
      next.add(waiting.remove());
    }
    if (!next.isEmpty()) {
      Optional<int[]> beginnings = store.begin(evaluation.getId(), attachment, next);
      if (beginnings.isEmpty()) {
        abandon(to);
        return;
      }
      for (int i = 0; i < next.size(); i++) {
        running.add(new Episode(suite, next.get(i), beginnings.get()[i]));
      }
    }
    if (running.isEmpty()) {
      end();
      release();
      to.completed();
    } else {
      round++;
      ask(to);
    }
  }

  private void ask(ControlCall to) {
    int nx = suite.nx();
    double[] states = new double[running.size() * nx];
    for (int i = 0; i < running.size(); i++) {
      running.get(i).copyState(states, i * nx);
    }
    long asked = round;
    to.round(
        new Round(
            asked,
            running.stream().map(Episode::number).toList(),
            running.stream().map(Episode::steps).toList(),
            states,
            nx));
    Duration time = answering || deadline.compareTo(FIRST_ROUND) > 0 ? deadline : FIRST_ROUND;
    cancelDeadline =
        timer.schedule(time, () -> inTurn(to, () -> missed(to, asked, attachment, time)));
  }

  private void missed(ControlCall by, long asked, int attached, Duration time) {
    if (by == link && asked == round && attached == attachment) {
      failRound(
          by,
          ControllerFault.CONTROLLER_FAULT_DEADLINE_MISSED,
          "round %d was not answered within %d ms".formatted(asked, time.toMillis()));
    }
  }

  /** Ends all episodes of the round, and the controller's link. */
  private void failRound(ControlCall by, ControllerFault fault, String detail) {
    List<Integer> numbers = running.stream().map(Episode::number).toList();
    running.forEach(episode -> episode.fail(fault, detail));
    if (!keepFinished(by)) {
      return;
    }
    if (waiting.isEmpty()) {
      end();
    }
    release();
    by.fault(fault, detail, numbers);
  }

  /**
   * Keeps the results of episodes that have ended, then tells them.
   *
   * @return false if another process controls the evaluation now
   */
  private boolean keepFinished(ControlCall to) {
    List<EpisodeResult> results =
        running.stream().filter(Episode::isOver).map(Episode::result).toList();
    if (results.isEmpty()) {
      return true;
    }
    if (!store.finish(evaluation.getId(), attachment, results)) {
      abandon(to);
      return false;
    }
    running.removeIf(Episode::isOver);
    finished.addAll(results);
    finished.sort(Comparator.comparingInt(EpisodeResult::getEpisode));
    results.forEach(to::result);
    return true;
  }

  private void end() {
    store.end(described(evaluation.toBuilder().setEndTime(Codec.timestamp(clock.instant()))));
    close();
  }

  /** Nothing more can happen: the store has what there is to know. */
  private void close() {
    over = true;
    owner.accept(this);
  }

  /** Adds what changes to the evaluation's description. */
  private Evaluation described(Evaluation.Builder description) {
    description.setAttachments(attachment);
    if (!finished.isEmpty()) {
      description.setScore(Scoring.of(finished, suite.suite().getSeed()));
    }
    return description.build();
  }

  /** Leaves the evaluation to the process that has attached to it since. */
  private void abandon(ControlCall to) {
    close();
    release();
    to.takenOver();
  }

  /** Nobody controls it any more; unless somebody attaches, that is made known after a while. */
  private void release() {
    cancelDeadline.run();
    cancelFarewell.run();
    // First, as the alarm finds nothing to do for what is still controlled.
    link = null;
    if (!over) {
      cancelFarewell = timer.schedule(patience, () -> owner.accept(this));
    }
  }

  /** Lets go of what still refers to this; to be called by the owner that no longer does. */
  void forget() {
    cancelFarewell.run();
  }

  /** Runs {@code work} when its turn comes; what fails ends this object, not what is stored. */
  private void inTurn(ControlCall by, Runnable work) {
    Runnable guarded =
        () -> {
          try {
            work.run();
          } catch (Throwable t) {
            ControlCall controlling = link;
            close();
            release();
            by.failed(t);
            if (controlling != null) {
              controlling.failed(t);
            }
          }
        };
    try {
      turns.execute(guarded);
    } catch (RejectedExecutionException e) {
      by.failed(e);
    }
  }
}
