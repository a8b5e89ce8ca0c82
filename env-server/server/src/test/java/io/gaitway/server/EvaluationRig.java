package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.Attachment;
import io.gaitway.proto.v1.ControlRequest;
import io.gaitway.proto.v1.ControlResponse;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.CreateEvaluationRequest;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.GetEvaluationRequest;
import io.gaitway.proto.v1.GetEvaluationResponse;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutSummary;
import io.gaitway.proto.v1.RoundActions;
import io.gaitway.proto.v1.RoundStates;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.evaluation.DeadlineTimer;
import io.gaitway.server.evaluation.StoreFile;
import io.gaitway.server.evaluation.SuiteModel;
import io.gaitway.sim.task.Environments;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A server with suites of carts, whose deadlines pass when a test says so. */
final class EvaluationRig implements AutoCloseable {
  static final int HORIZON = 50;
  static final int EPISODES = 6;

  static final SuiteModel.Definition PLAIN =
      new SuiteModel.Definition(
          "plain", "Calm the cart.", "cart", List.of(Map.of()), EPISODES, 5, 0.1);
  static final SuiteModel.Definition VARIED =
      new SuiteModel.Definition(
          "varied",
          "Calm carts on other springs.",
          "cart",
          List.of(Map.of(), Map.of("stiffness", 3.0)),
          5,
          7,
          0);

  /** Starts at thousands of m/s, where the cart's simulation diverges; some are slower. */
  static final SuiteModel.Definition WILD =
      new SuiteModel.Definition("wild", "Diverge.", "cart", List.of(Map.of()), 4, 5, 1e6);

  final GaitwayServer server;
  final ManualTimer timer = new ManualTimer();
  final ManagedChannel channel;
  final EvaluationServiceGrpc.EvaluationServiceBlockingStub evaluations;

  /** The digests of a whole evaluation that nothing disturbs. */
  static List<ByteString> undisturbed(SuiteModel.Definition suite, int parallel) throws Exception {
    try (EvaluationRig rig = inMemory()) {
      String id = rig.create(suite, parallel);
      rig.attach(id).finish();
      return digests(rig.get(id).getEpisodesList());
    }
  }

  static List<ByteString> digests(List<EpisodeResult> episodes) {
    return episodes.stream().map(EpisodeResult::getDigest).toList();
  }

  /** What the server says of the health of its evaluations. */
  ServingStatus health() {
    return HealthGrpc.newBlockingStub(channel)
        .check(
            HealthCheckRequest.newBuilder().setService(EvaluationServiceGrpc.SERVICE_NAME).build())
        .getStatus();
  }

  /**
   * Alarms that go off when a test says so. Most are deadlines of controllers; those for
   * evaluations that nobody controls, for what has been stored for long enough, and for another
   * attempt to write are other kinds, known by their delay.
   */
  static final class ManualTimer implements DeadlineTimer {
    private static final Duration IDLE = ServerOptions.defaults().evaluationIdle();
    private static final Duration SWEEP = Duration.ofHours(1);
    private static final Duration RETRY = Duration.ofMillis(500);
    private static final Set<Duration> OTHERS = Set.of(IDLE, SWEEP, RETRY);

    /** Until the transport has taken the states; the deadline itself begins then. */
    private static final Duration HAND_OVER = Duration.ofSeconds(15);

    private final List<Alarm> alarms = new ArrayList<>();
    private boolean broken;

    record Alarm(Duration delay, Runnable action) {
      boolean isDeadline() {
        return !OTHERS.contains(delay);
      }

      boolean runs() {
        return isDeadline() && !delay.equals(HAND_OVER);
      }
    }

    @Override
    public synchronized Runnable schedule(Duration delay, Runnable action) {
      Alarm alarm = new Alarm(delay, action);
      if (broken && alarm.isDeadline()) {
        throw new StackOverflowError("the timer is broken, as the test asked for");
      }
      alarms.add(alarm);
      notifyAll();
      return () -> cancel(alarm);
    }

    private synchronized void cancel(Alarm alarm) {
      alarms.remove(alarm);
    }

    /** Makes it impossible to set a deadline, or possible again. */
    synchronized void setBroken(boolean value) {
      broken = value;
    }

    /** Waits until a deadline runs, and requires that it is the only one. */
    synchronized void awaitOne() throws InterruptedException {
      while (alarms.stream().noneMatch(Alarm::runs)) {
        wait();
      }
      assertEquals(1, pending());
    }

    /** Waits until one deadline runs, lets it pass and returns how long it was. */
    Duration fire() throws InterruptedException {
      Alarm alarm = take();
      alarm.action().run();
      return alarm.delay();
    }

    /** Waits until one deadline runs, and takes it, to let it pass at any time. */
    synchronized Alarm take() throws InterruptedException {
      awaitOne();
      Alarm alarm = alarms.stream().filter(Alarm::runs).findFirst().orElseThrow();
      alarms.remove(alarm);
      return alarm;
    }

    /** Waits until an evaluation is on its own, and lets the time that it has so pass. */
    void fireIdle() throws InterruptedException {
      fire(IDLE);
    }

    /** Waits until something is to be written again, and lets that happen. */
    void fireRetry() throws InterruptedException {
      fire(RETRY);
    }

    /** Lets the time pass after which old evaluations are forgotten. */
    void fireSweep() throws InterruptedException {
      fire(SWEEP);
    }

    private void fire(Duration delay) throws InterruptedException {
      Alarm alarm;
      synchronized (this) {
        while (alarms.stream().noneMatch(each -> each.delay().equals(delay))) {
          wait();
        }
        alarm =
            alarms.stream().filter(each -> each.delay().equals(delay)).findFirst().orElseThrow();
        alarms.remove(alarm);
      }
      alarm.action().run();
    }

    /** Deadlines that are set. */
    synchronized int pending() {
      return (int) alarms.stream().filter(Alarm::isDeadline).count();
    }

    @Override
    public void close() {}
  }

  private EvaluationRig(
      @Nullable Path file,
      StoreFile.Use use,
      ServerOptions options,
      @Nullable ExecutorService threads,
      boolean tcp)
      throws IOException {
    String name = InProcessServerBuilder.generateName();
    Environments environments = Environments.load();
    GaitwayServer.Builder builder =
        GaitwayServer.builder(environments)
            .options(options)
            .timer(timer)
            .suites(List.of(PLAIN, VARIED, WILD));
    if (file != null) {
      builder.evaluations(file, use);
    }
    if (threads != null) {
      builder.evaluationThreads(threads);
    }
    server =
        builder.start(
            tcp
                ? Transports.tcp(new InetSocketAddress("127.0.0.1", 0))
                : InProcessServerBuilder.forName(name));
    channel =
        tcp
            ? NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build()
            : InProcessChannelBuilder.forName(name).directExecutor().build();
    evaluations = EvaluationServiceGrpc.newBlockingStub(channel);
  }

  static EvaluationRig inMemory() throws IOException {
    return with(ServerOptions.defaults());
  }

  static EvaluationRig on(Path file) throws IOException {
    return on(file, ServerOptions.defaults());
  }

  static EvaluationRig on(Path file, ServerOptions options) throws IOException {
    return new EvaluationRig(file, StoreFile.Use.ALONE, options, null, false);
  }

  /** One of several servers of a file. */
  static EvaluationRig sharing(Path file) throws IOException {
    return new EvaluationRig(file, StoreFile.Use.SHARED, ServerOptions.defaults(), null, false);
  }

  static EvaluationRig with(ServerOptions options) throws IOException {
    return new EvaluationRig(null, StoreFile.Use.ALONE, options, null, false);
  }

  /** One over TCP whose episodes run on these threads. */
  static EvaluationRig overTcp(ExecutorService threads) throws IOException {
    return new EvaluationRig(null, StoreFile.Use.ALONE, ServerOptions.defaults(), threads, true);
  }

  /** Opens an evaluation. */
  String create(SuiteModel.Definition suite, int parallel) {
    return create(
        CreateEvaluationRequest.newBuilder()
            .setSuite(suite.id())
            .setController("test")
            .setParallel(parallel));
  }

  String create(CreateEvaluationRequest.Builder request) {
    return evaluations.createEvaluation(request.build()).getEvaluation().getId();
  }

  GetEvaluationResponse get(String id) {
    return evaluations.getEvaluation(GetEvaluationRequest.newBuilder().setEvaluationId(id).build());
  }

  /** What a rollout of actions of shape (T, 2) gives that begins at {@code state}. */
  RolloutSummary rollout(Map<String, Double> parameters, double[] state, double[] us) {
    return DynamicsServiceGrpc.newBlockingStub(channel)
        .rollout(
            RolloutRequest.newBuilder()
                .setEnvironment(
                    EnvironmentRef.newBuilder().setId("cart").putAllParameters(parameters))
                .setHorizon(HORIZON)
                .setInitialStates(Rig.tensor(state, 1, 2))
                .addControllers(
                    Controller.newBuilder()
                        .setOpenLoop(
                            OpenLoopController.newBuilder().setActions(Rig.tensor(us, HORIZON, 2))))
                .setWithDigest(true)
                .build())
        .next()
        .getParts(0)
        .getSummary();
  }

  @Override
  public void close() throws InterruptedException {
    channel.shutdownNow();
    channel.awaitTermination(5, TimeUnit.SECONDS);
    server.close();
  }

  /** A controller whose every move is a test's. Remembers what it saw and did. */
  final class TestController implements StreamObserver<ControlResponse> {
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
    private final Context.CancellableContext context = Context.current().withCancellation();
    final StreamObserver<ControlRequest> requests;

    /** Results by episode. */
    final Map<Integer, EpisodeResult> results = new TreeMap<>();

    /** First state that was seen of each episode, and the actions that followed. */
    final Map<Integer, double[]> starts;

    final Map<Integer, List<Double>> actions;
    private @Nullable Evaluation evaluation;

    TestController(String id) {
      this(id, new TreeMap<>(), new TreeMap<>());
    }

    /** One that goes on where another was. */
    TestController(String id, TestController before) {
      this(id, before.starts, before.actions);
    }

    private TestController(
        String id, Map<Integer, double[]> starts, Map<Integer, List<Double>> actions) {
      this.starts = starts;
      this.actions = actions;
      requests = open();
      requests.onNext(
          ControlRequest.newBuilder()
              .setAttach(Attachment.newBuilder().setEvaluationId(id))
              .build());
    }

    private StreamObserver<ControlRequest> open() {
      Context before = context.attach();
      try {
        return EvaluationServiceGrpc.newStub(channel).control(this);
      } finally {
        context.detach(before);
      }
    }

    @Override
    public void onNext(ControlResponse message) {
      events.add(message);
    }

    @Override
    public void onError(Throwable thrown) {
      events.add(thrown);
    }

    @Override
    public void onCompleted() {
      events.add(Status.OK);
    }

    private Object next() throws InterruptedException {
      Object event = events.poll(20, TimeUnit.SECONDS);
      assertNotNull(event, "nothing came");
      if (event instanceof ControlResponse message && message.hasTask()) {
        evaluation = message.getTask().getEvaluation();
        assertEquals("cart", message.getTask().getEnvironment().getId());
        return next();
      }
      if (event instanceof ControlResponse message && message.hasResult()) {
        EpisodeResult result = message.getResult();
        results.put(result.getEpisode(), result);
        return next();
      }
      return event;
    }

    /** The next round. */
    RoundStates round() throws InterruptedException {
      Object event = next();
      if (!(event instanceof ControlResponse message) || !message.hasStates()) {
        throw new AssertionError("no round but " + event);
      }
      RoundStates round = message.getStates();
      double[] states = Rig.doubles(round.getStates());
      for (int i = 0; i < round.getEpisodesCount(); i++) {
        if (round.getSteps(i) == 0) {
          starts.put(round.getEpisodes(i), new double[] {states[2 * i], states[2 * i + 1]});
          actions.put(round.getEpisodes(i), new ArrayList<>());
        }
      }
      return round;
    }

    /** The evaluation as the task told it. */
    Evaluation evaluation() {
      return java.util.Objects.requireNonNull(evaluation);
    }

    /** The fault that ends the call. */
    StatusRuntimeException fault() throws InterruptedException {
      Object event = next();
      if (event instanceof StatusRuntimeException fault) {
        return fault;
      }
      throw new AssertionError("no fault but " + event);
    }

    /** Requires that the call has ended well. */
    void requireEnd() throws InterruptedException {
      assertEquals(Status.OK, next());
    }

    void answer(long round, Tensor tensor) {
      requests.onNext(
          ControlRequest.newBuilder()
              .setActions(RoundActions.newBuilder().setRound(round).setActions(tensor))
              .build());
    }

    /** Answers a round by a feedback law that saturates at first. */
    void answer(RoundStates round) {
      answer(round.getRound(), law(round));
    }

    Tensor law(RoundStates round) {
      double[] states = Rig.doubles(round.getStates());
      double[] us = new double[states.length];
      for (int i = 0; i < round.getEpisodesCount(); i++) {
        us[2 * i] = -20 * states[2 * i];
        us[2 * i + 1] = -0.5 * states[2 * i + 1];
        sent(round.getEpisodes(i)).addAll(List.of(us[2 * i], us[2 * i + 1]));
      }
      return Rig.tensor(us, round.getEpisodesCount(), 2);
    }

    /** The actions of an episode, to be added to. */
    List<Double> sent(int episode) {
      return Objects.requireNonNull(actions.get(episode));
    }

    /** An episode's result, which has come. */
    EpisodeResult result(int episode) {
      return Objects.requireNonNull(results.get(episode), () -> "no result of " + episode);
    }

    /** Answers all rounds that are left. */
    void finish() throws InterruptedException {
      for (Object event = peek(); event != Status.OK; event = peek()) {
        answer(round());
      }
      requireEnd();
    }

    private Object peek() throws InterruptedException {
      Object event = next();
      List<Object> rest = new ArrayList<>();
      events.drainTo(rest);
      events.add(event);
      events.addAll(rest);
      return event;
    }

    /** Breaks the connection. */
    void breakOff() {
      context.cancel(null);
    }

    /**
     * Requires that an episode is, bit for bit, the rollout of the actions that were sent, with
     * zeros behind them.
     */
    void assertIsRollout(Map<String, Double> parameters, EpisodeResult result) {
      double[] us = new double[HORIZON * 2];
      Iterator<Double> sent = sent(result.getEpisode()).iterator();
      for (int i = 0; i < 2 * result.getControlledSteps(); i++) {
        us[i] = sent.next();
      }
      RolloutSummary summary =
          rollout(parameters, Objects.requireNonNull(starts.get(result.getEpisode())), us);
      assertEquals(summary.getTotalCost(), result.getCost());
      assertEquals(summary.getSteps(), result.getSteps());
      assertEquals(summary.getClipped(), result.getClipped());
      ByteString digest = summary.getDigest();
      assertEquals(digest, result.getDigest());
    }
  }

  TestController attach(String id) {
    return new TestController(id);
  }

  TestController attach(String id, TestController before) {
    return new TestController(id, before);
  }
}
