package io.gaitway.server.evaluation;

import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.episode.Trajectory;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import java.time.Duration;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An evaluation with its running episodes: asks whoever controls it, round by round, and keeps what
 * has come to an end. Everything that happens to it happens in turn, on {@link #turns}; it never
 * waits for the database, but goes on when that has done its part.
 *
 * <p>What cannot be written for now stays here, and is tried again until it can.
 */
final class LiveEvaluation {
  /** Shortest time for the first round of an attachment: some controllers have things to load. */
  private static final Duration FIRST_ROUND = Duration.ofSeconds(10);

  /** How long to leave a database alone that could not be used. */
  private static final Duration RETRY = Duration.ofMillis(500);

  /** After so many attempts in vain a controller is told, and may go. */
  private static final int PATIENT_ATTEMPTS = 3;

  private final SuiteModel suite;
  private final Evaluation evaluation;
  private final String principal;
  private final Facilities facilities;
  private final Executor turns;
  private final Consumer<LiveEvaluation> owner;
  private final Duration deadline;

  private final List<EpisodeResult> finished;
  private final Deque<Integer> waiting = new ArrayDeque<>();
  private final List<Episode> running = new ArrayList<>();

  /** Who controls; nobody as long as it is null. */
  private volatile @Nullable ControlCall link;

  /** The last controller that the database knows of, and the number that it got there. */
  private @Nullable ControlCall attached;

  private int attachment;

  /** Controllers that are about to get control. */
  private final AtomicInteger arriving = new AtomicInteger();

  /** Whose running episodes these are: who controlled them last. */
  private volatile String user = "";

  /** Whether whoever controls has answered a round since it attached. */
  private boolean answering;

  /** Whether whoever controls gives control back as soon as all is kept. */
  private boolean leaving;

  /** What whoever controls is told as soon as all is kept. */
  private @Nullable Fault fault;

  private record Fault(ControllerFault what, String detail, List<Integer> episodes) {}

  private long round;

  /** The deadline of the round that is asked. */
  private @Nullable ActionDeadline asked;

  private Runnable cancelRetry = () -> {};
  private volatile Runnable cancelFarewell = () -> {};

  /** Whether the database has work of this, after which it is told. */
  private boolean writing;

  /** Attempts to write in vain. */
  private int failures;

  /** Whether it holds results that are not in the database. */
  private volatile boolean unsaved;

  /** Whether it has ended or can no longer go on; the store has what there is to know. */
  private volatile boolean over;

  /**
   * Goes on with what the store has; nothing begins before somebody attaches.
   *
   * @param turns runs one thing after another
   * @param owner is told when nothing more can happen to it, or when nobody has controlled it for
   *     long, by which time somebody may have come after all
   */
  LiveEvaluation(
      SuiteModel suite,
      EvaluationStore.Stored stored,
      Facilities facilities,
      Executor turns,
      Consumer<LiveEvaluation> owner) {
    this.suite = suite;
    evaluation = stored.evaluation();
    principal = stored.principal();
    finished = new ArrayList<>(stored.episodes());
    this.facilities = facilities;
    this.turns = turns;
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

  /** Whether it can be forgotten: nobody controls it or is about to, and it holds nothing new. */
  boolean isIdle() {
    return over || (!isControlled() && !unsaved);
  }

  /** Whether somebody controls it or is about to. */
  boolean isControlled() {
    return link != null || arriving.get() > 0;
  }

  String id() {
    return evaluation.getId();
  }

  /** Name of the principal that controlled it last. */
  String user() {
    return user;
  }

  /** The most memory that its running episodes can take, bytes. */
  long bytes() {
    long most = 0;
    for (Model model : suite.models()) {
      most = Math.max(most, Trajectory.bytes(model, suite.suite().getHorizon()));
    }
    return most * evaluation.getParallel();
  }

  /** Waits for a call of a principal, which is to attach or to stay away. */
  void expect(String name) {
    user = name;
    arriving.incrementAndGet();
  }

  /** Takes note that a call that was expected will not attach. */
  void stayAway() {
    inTurn(
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
          forgetTheRound();
          cancelFarewell.run();
          failures = 0;
          if (before != null) {
            before.takenOver();
          }
          proceed();
        });
  }

  /** Takes note that {@code leaver} is gone: its episodes wait. */
  void detach(ControlCall leaver) {
    inTurn(
        () -> {
          if (leaver == link) {
            release();
          }
        });
  }

  /** Takes control back from {@code leaver}, once what it answered before has been carried out. */
  void handBack(ControlCall leaver) {
    inTurn(
        () -> {
          if (leaver == link) {
            leaving = true;
            proceed();
          } else {
            leaver.completed();
          }
        });
  }

  /** Writes what is not in the database, if there is anything. */
  void save() {
    inTurn(this::proceed);
  }

  /**
   * Takes the answer to a round, which has arrived in time.
   *
   * @param answered the round's number, as the controller says
   * @param actions makes the actions, of shape (n, nu) for a round of n episodes
   */
  void answer(ControlCall from, long answered, Actions actions) {
    inTurn(
        () -> {
          if (from != link) {
            return;
          }
          answering = true;
          if (answered != round) {
            refuse(from, answered);
            return;
          }
          double[] us;
          try {
            us = actions.read(running.size(), suite.nu());
          } catch (IllegalArgumentException e) {
            failRound(
                ControllerFault.CONTROLLER_FAULT_MALFORMED_ACTIONS,
                Errors.abridged(String.valueOf(e.getMessage())));
            return;
          }
          for (int i = 0; i < running.size(); i++) {
            running.get(i).act(us, i * suite.nu());
          }
          round++;
          proceed();
        });
  }

  /** Ends the call of a controller that is out of step; its episodes are left as they are. */
  private void refuse(ControlCall from, long answered) {
    String detail = "round %d was answered, but round %d was asked".formatted(answered, round);
    release();
    from.fault(ControllerFault.CONTROLLER_FAULT_OUT_OF_TURN, detail, List.of());
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

  /** Has the database keep what is new, if anything is, and then goes on. */
  private void proceed() {
    if (writing || over) {
      return;
    }
    ControlCall controlling = link;
    if (controlling != null && controlling != attached) {
      write(
          store -> store.attach(id(), facilities.clock().instant()),
          number -> welcome(controlling, number));
      return;
    }
    EvaluationStore.Progress progress = progress();
    if (progress.results().isEmpty() && progress.next().isEmpty() && progress.ended() == null) {
      goOn();
      return;
    }
    unsaved = !progress.results().isEmpty();
    int number = attachment;
    write(store -> keep(store, number, progress), kept -> kept(progress, kept));
  }

  /** What is new since the database was told. */
  private EvaluationStore.Progress progress() {
    List<EpisodeResult> results =
        running.stream().filter(Episode::isOver).map(Episode::result).toList();
    boolean asking = link != null && !leaving && fault == null;
    int room = evaluation.getParallel() - running.size() + results.size();
    List<Integer> next = asking ? waiting.stream().limit(room).toList() : List.of();
    boolean last = waiting.isEmpty() && results.size() == running.size();
    boolean mayEnd = !results.isEmpty() || link != null;
    return new EvaluationStore.Progress(results, next, last && mayEnd ? ended(results) : null);
  }

  private Optional<int[]> keep(
      EvaluationStore store, int number, EvaluationStore.Progress progress) {
    Optional<int[]> kept = store.advance(id(), number, progress, facilities.clock().instant());
    if (kept.isPresent() && progress.ended() != null) {
      store
          .retention()
          .forgetSurplus(
              principal,
              suite.suite().getId(),
              facilities.options().evaluations().maxFinishedOfPrincipal());
    }
    return kept;
  }

  /** The database knows of a controller. */
  private void welcome(ControlCall newcomer, int number) {
    attachment = number;
    attached = newcomer;
    answering = false;
    if (number == 0) {
      fail(Errors.evaluationNotFound("attach.evaluation_id", id()));
      return;
    }
    if (newcomer == link) {
      newcomer.task(described(evaluation.toBuilder().setControlled(true), finished), suite);
    }
    proceed();
  }

  /** The database has what was new, unless another process controls the evaluation now. */
  private void kept(EvaluationStore.Progress progress, Optional<int[]> beginnings) {
    if (beginnings.isEmpty()) {
      abandon();
      return;
    }
    unsaved = false;
    running.removeIf(Episode::isOver);
    finished.addAll(progress.results());
    finished.sort(Comparator.comparingInt(EpisodeResult::getEpisode));
    for (int i = 0; i < progress.next().size(); i++) {
      waiting.remove();
      running.add(new Episode(suite, progress.next().get(i), beginnings.get()[i]));
    }
    ControlCall controlling = link;
    if (controlling != null && controlling == attached) {
      progress.results().forEach(controlling::result);
    }
    if (progress.ended() == null) {
      proceed();
    } else {
      close();
      goOn();
    }
  }

  /** Nothing is left to be kept: asks for the next actions, or ends the call. */
  private void goOn() {
    ControlCall controlling = link;
    if (controlling == null) {
      waitForSomebody();
      return;
    }
    Fault due = fault;
    if (due != null) {
      release();
      controlling.fault(due.what(), due.detail(), due.episodes());
    } else if (controlling != attached) {
      // It came while the last episode's end was being written.
      release();
      controlling.takenOver();
    } else if (over || leaving) {
      release();
      controlling.completed();
    } else {
      ask(controlling);
    }
  }

  private void ask(ControlCall to) {
    int nx = suite.nx();
    double[] states = new double[running.size() * nx];
    for (int i = 0; i < running.size(); i++) {
      running.get(i).copyState(states, i * nx);
    }
    Duration time = answering || deadline.compareTo(FIRST_ROUND) > 0 ? deadline : FIRST_ROUND;
    long number = round;
    ActionDeadline limit =
        new ActionDeadline(
            facilities.timer(),
            facilities.whenCaughtUp(),
            time,
            () -> inTurn(() -> missed(to, number, time)));
    asked = limit;
    to.round(
        new Round(
            number,
            running.stream().map(Episode::number).toList(),
            running.stream().map(Episode::steps).toList(),
            states,
            nx),
        limit);
  }

  private void missed(ControlCall by, long number, Duration time) {
    if (by == link && number == round) {
      failRound(
          ControllerFault.CONTROLLER_FAULT_DEADLINE_MISSED,
          "round %d was not answered within %d ms".formatted(number, time.toMillis()));
    }
  }

  /** Ends all episodes of the round, and then the call. */
  private void failRound(ControllerFault what, String detail) {
    fault = new Fault(what, detail, running.stream().map(Episode::number).toList());
    running.forEach(episode -> episode.fail(what, detail));
    round++;
    proceed();
  }

  /** Nothing more can happen: the store has what there is to know. */
  private void close() {
    over = true;
    owner.accept(this);
  }

  private Evaluation ended(List<EpisodeResult> last) {
    List<EpisodeResult> all = new ArrayList<>(finished);
    all.addAll(last);
    all.sort(Comparator.comparingInt(EpisodeResult::getEpisode));
    return described(
        evaluation.toBuilder().setEndTime(Codec.timestamp(facilities.clock().instant())), all);
  }

  /** Adds what changes to the evaluation's description. */
  private Evaluation described(Evaluation.Builder description, List<EpisodeResult> results) {
    description.setAttachments(attachment);
    if (!results.isEmpty()) {
      description.setScore(Scoring.of(results, suite.suite().getSeed()));
    }
    return description.build();
  }

  /** Leaves the evaluation to the process that has attached to it since. */
  private void abandon() {
    ControlCall controlling = link;
    close();
    release();
    if (controlling != null) {
      controlling.takenOver();
    }
  }

  /** Nobody controls it any more; unless somebody attaches, that is made known after a while. */
  private void release() {
    forgetTheRound();
    link = null;
    waitForSomebody();
  }

  private void forgetTheRound() {
    ActionDeadline limit = asked;
    if (limit != null) {
      limit.decide();
      asked = null;
    }
    leaving = false;
    fault = null;
  }

  /** Sets the alarm for when it is to be forgotten, which finds nothing to do if it is not idle. */
  private void waitForSomebody() {
    cancelFarewell.run();
    if (!over) {
      cancelFarewell =
          facilities
              .timer()
              .schedule(facilities.options().evaluationIdle(), () -> owner.accept(this));
    }
  }

  /** Lets go of what still refers to this; to be called by the owner that no longer does. */
  void forget() {
    cancelFarewell.run();
  }

  /** Has the database do something, and then goes on with what came of it. */
  private <T> void write(Function<EvaluationStore, T> work, Consumer<T> then) {
    writing = true;
    cancelRetry.run();
    facilities
        .storage()
        .write(work)
        .whenComplete(
            (result, failure) ->
                inTurn(
                    () -> {
                      writing = false;
                      if (failure == null) {
                        failures = 0;
                        then.accept(result);
                      } else {
                        notWritten(Failures.cause(failure));
                      }
                    }));
  }

  /** Tries again after a while; nothing has changed meanwhile. */
  private void notWritten(Throwable failure) {
    if (!(failure instanceof RequestException)) {
      fail(failure);
      return;
    }
    failures++;
    ControlCall controlling = link;
    if (controlling != null && failures >= PATIENT_ATTEMPTS) {
      release();
      controlling.failed(failure);
    }
    if (link != null || unsaved) {
      cancelRetry = facilities.timer().schedule(RETRY, () -> inTurn(this::proceed));
    }
  }

  /** Ends this object, not what is stored. */
  private void fail(Throwable failure) {
    ControlCall controlling = link;
    close();
    release();
    if (controlling != null) {
      controlling.failed(failure);
    }
  }

  /** Runs {@code work} when its turn comes. */
  private void inTurn(Runnable work) {
    Runnable guarded =
        () -> {
          try {
            work.run();
          } catch (Throwable t) {
            fail(t);
          }
        };
    try {
      turns.execute(guarded);
    } catch (RejectedExecutionException e) {
      ControlCall controlling = link;
      if (controlling != null) {
        controlling.failed(e);
      }
    }
  }
}
