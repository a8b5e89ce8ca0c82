package io.gaitway.server;

import io.gaitway.proto.dmenv.v1.EnvironmentGrpc;
import io.gaitway.proto.v1.AdminServiceGrpc;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.gaitway.server.access.Access;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.CallLimits;
import io.gaitway.server.call.Gate;
import io.gaitway.server.call.RequestMemory;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.TimeLimit;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.catalog.CatalogService;
import io.gaitway.server.dmenv.DmEnvService;
import io.gaitway.server.dynamics.DynamicsService;
import io.gaitway.server.evaluation.DeadlineTimer;
import io.gaitway.server.evaluation.EvaluationRoom;
import io.gaitway.server.evaluation.EvaluationService;
import io.gaitway.server.evaluation.EvaluationStore;
import io.gaitway.server.evaluation.StoreException;
import io.gaitway.server.evaluation.StoreFile;
import io.gaitway.server.evaluation.SuiteFiles;
import io.gaitway.server.evaluation.SuiteModel;
import io.gaitway.server.evaluation.Suites;
import io.gaitway.server.metrics.CallMeters;
import io.gaitway.server.session.EnvironmentService;
import io.gaitway.server.session.SavedSessions;
import io.gaitway.server.session.Sessions;
import io.gaitway.server.usage.Accounts;
import io.gaitway.server.usage.UsageService;
import io.gaitway.sim.task.Environments;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.ChannelzService;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The services of {@code gaitway.v1} on one transport: Netty over TCP or a Unix domain socket, or
 * in process; the wiring is the same for all. Also serves {@code dm_env_rpc.v1}, {@code
 * grpc.health.v1} and, on request, reflection and channelz.
 */
public final class GaitwayServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GaitwayServer.class);
  private static final Duration NO_GRACE = Duration.ZERO;

  /** Longest time that connections get to end once no call runs. */
  private static final Duration CLOSING = Duration.ofSeconds(5);

  /** Longest time for telling calls that they are cut. */
  private static final Duration CUTTING = Duration.ofSeconds(1);

  private final Server server;

  /** The server itself, and those that offer evaluations to controllers. */
  private final List<Server> servers;

  private final Admission admission;
  private final Calls calls;
  private final Entry.Rules rules;
  private final Workers workers;
  private final Sessions sessions;
  private final EvaluationRoom evaluations;
  private final HealthStatusManager health;

  /** Where sessions go at the end; nothing once they are there. */
  private final AtomicReference<@Nullable SavedSessions> savedSessions;

  private GaitwayServer(
      Server server,
      Admission admission,
      Calls calls,
      Entry.Rules rules,
      Workers workers,
      Sessions sessions,
      EvaluationRoom evaluations,
      HealthStatusManager health,
      @Nullable SavedSessions savedSessions) {
    this.server = server;
    servers = new CopyOnWriteArrayList<>(List.of(server));
    this.admission = admission;
    this.calls = calls;
    this.rules = rules;
    this.workers = workers;
    this.sessions = sessions;
    this.evaluations = evaluations;
    this.health = health;
    this.savedSessions = new AtomicReference<>(savedSessions);
  }

  /** Starts describing a server of these environments. */
  public static Builder builder(Environments environments) {
    return new Builder(environments);
  }

  /** What a server is made of. */
  public static final class Builder {
    private final Environments environments;
    private ServerOptions options = ServerOptions.defaults();
    private CallLimits limits = CallLimits.defaults();
    private InstantSource clock = new SteadyClock();
    private InstantSource timeOfDay = InstantSource.system();
    private DeadlineTimer timer = DeadlineTimer.system();
    private List<SuiteModel.Definition> suites = SuiteFiles.load(SuiteFiles.class.getClassLoader());
    private @Nullable Path evaluations;
    private StoreFile.Use use = StoreFile.Use.ALONE;
    private @Nullable ExecutorService evaluationThreads;
    private @Nullable Path sessionFile;
    private @Nullable MeterRegistry meters;
    private boolean logsFaults;
    private boolean reflection = true;
    private boolean channelz;
    private Access access = Access.local();

    private Builder(Environments environments) {
      this.environments = environments;
    }

    /** What the server may be asked for. */
    public Builder options(ServerOptions value) {
      options = value;
      return this;
    }

    /** Who is let in: whoever reaches the transport, unless this says otherwise. */
    public Builder access(Access value) {
      access = value;
      return this;
    }

    /** What calls and connections may take. */
    public Builder limits(CallLimits value) {
      limits = value;
      return this;
    }

    /** The clock that leases run on, which must not jump. */
    public Builder clock(InstantSource value) {
      clock = value;
      return this;
    }

    /** The clock that answers and evaluations have their dates from, which may be set. */
    public Builder timeOfDay(InstantSource value) {
      timeOfDay = value;
      return this;
    }

    /**
     * File that evaluations are kept in, which nobody else uses meanwhile; in memory unless this is
     * called.
     */
    public Builder evaluations(Path file) {
      return evaluations(file, StoreFile.Use.ALONE);
    }

    /** The same, together with other programs perhaps. */
    public Builder evaluations(Path file, StoreFile.Use value) {
      evaluations = file;
      use = value;
      return this;
    }

    /**
     * File that sessions are kept in while no server runs: written when this one is shut down, and
     * taken over by the next. They end with the server unless this is called.
     */
    public Builder sessions(Path file) {
      sessionFile = file;
      return this;
    }

    /** What deadlines of controllers run on. */
    Builder timer(DeadlineTimer value) {
      timer.close();
      timer = value;
      return this;
    }

    /** What episodes of evaluations run on; threads of their own unless this is called. */
    Builder evaluationThreads(ExecutorService value) {
      evaluationThreads = value;
      return this;
    }

    /** Suites instead of the standard ones. */
    Builder suites(List<SuiteModel.Definition> value) {
      suites = value;
      return this;
    }

    /** Where calls, sessions and steps are counted; nowhere unless this is called. */
    public Builder meters(MeterRegistry value) {
      meters = value;
      return this;
    }

    /** Whether calls that end with a fault are logged; they are not unless this says otherwise. */
    public Builder logsFaults(boolean value) {
      logsFaults = value;
      return this;
    }

    /** Whether reflection (v1) is served; it is unless this says otherwise. */
    public Builder reflection(boolean value) {
      reflection = value;
      return this;
    }

    /** Whether channelz is served: it shows every peer to every client. */
    public Builder channelz(boolean value) {
      channelz = value;
      return this;
    }

    /** What the services that are added below can do. */
    private static List<String> capabilities() {
      return Stream.of(
              EnvironmentService.CAPABILITIES,
              DynamicsService.CAPABILITIES,
              UsageService.CAPABILITIES,
              EvaluationService.CAPABILITIES,
              DmEnvService.CAPABILITIES)
          .flatMap(List::stream)
          .toList();
    }

    /**
     * Adds the services to a transport and starts it.
     *
     * @param transport a builder to which nothing has been added yet
     * @throws IOException if the transport cannot be opened, for instance because its port is
     *     taken, or the file of evaluations
     */
    public GaitwayServer start(ServerBuilder<?> transport) throws IOException {
      Catalog catalog = new Catalog(environments, options.maxAddedEnvironments());
      Admission admission = new Admission();
      RequestMemory memory = new RequestMemory(limits, options.maxMessageBytes());
      Calls calls = new Calls(options.maxMessageBytes(), memory);
      CallMeters callMeters = meters == null ? null : new CallMeters(meters);
      Failures failures = new Failures(callMeters, logsFaults);
      Gate gate = new Gate(limits);
      Workers workers = new Workers(options.threads(), limits, gate);
      Sessions sessions = new Sessions(options, clock, timeOfDay, workers);
      EvaluationRoom room =
          new EvaluationRoom(
              new Suites(catalog, suites),
              opener(),
              timer,
              EventLoops::whenCaughtUp,
              timeOfDay,
              evaluationThreads == null
                  ? EvaluationRoom.threads(options.threads())
                  : evaluationThreads,
              options,
              admission);
      HealthStatusManager health = new HealthStatusManager();
      Accounts accounts = new Accounts();
      Load load = new Load(sessions, calls, workers, room, accounts);
      Entry.Rules rules =
          new Entry.Rules(options.maxMessageBytes(), limits, gate, accounts, calls, failures);
      Entry entry = new Entry(transport, rules, access);
      entry
          .serve(new CatalogService(catalog, workers, options, capabilities()))
          .serve(new EnvironmentService(catalog, sessions, workers, admission))
          .serve(new DynamicsService(catalog, options, workers, admission))
          .serve(new DmEnvService(catalog, sessions, workers, admission))
          .serve(room.service())
          .serve(new UsageService(accounts))
          .serve(
              FaultDetails.describedBeside(
                  new AdminService(options, admission, load).bindService()))
          .serve(health.getHealthService());
      if (reflection) {
        entry.serve(ProtoReflectionServiceV1.newInstance());
      }
      if (channelz) {
        entry.serve(ChannelzService.newInstance(100));
      }
      if (meters != null && callMeters != null) {
        transport.addStreamTracerFactory(callMeters);
        load.bindTo(meters);
      }
      Server server;
      SavedSessions saved = null;
      try {
        if (evaluations != null) {
          room.open();
        }
        if (sessionFile != null) {
          saved = SavedSessions.open(sessionFile, sessions, catalog);
        }
        server = transport.build().start();
      } catch (StoreException e) {
        close(workers, sessions, room, saved);
        throw new IOException(e.getMessage(), e);
      } catch (IOException | RuntimeException e) {
        close(workers, sessions, room, saved);
        throw e;
      }
      for (String service :
          List.of(
              "",
              CatalogServiceGrpc.SERVICE_NAME,
              EnvironmentServiceGrpc.SERVICE_NAME,
              DynamicsServiceGrpc.SERVICE_NAME,
              EvaluationServiceGrpc.SERVICE_NAME,
              UsageServiceGrpc.SERVICE_NAME,
              AdminServiceGrpc.SERVICE_NAME,
              EnvironmentGrpc.SERVICE_NAME)) {
        health.setStatus(service, ServingStatus.SERVING);
      }
      return new GaitwayServer(
          server, admission, calls, rules, workers, sessions, room, health, saved);
    }

    /** Puts everything away again when the transport cannot be opened. */
    private static void close(
        Workers workers, Sessions sessions, EvaluationRoom room, @Nullable SavedSessions saved) {
      workers.close();
      sessions.close();
      room.close();
      keep(saved);
    }

    private Supplier<EvaluationStore> opener() {
      Path file = evaluations;
      return file == null ? EvaluationStore::inMemory : () -> EvaluationStore.open(file, use);
    }
  }

  /**
   * Opens one more transport, which offers the evaluation service and health and nothing else: a
   * controller there can do nothing but answer states. It ends with this server.
   *
   * @param transport a builder to which nothing has been added yet
   * @param access who is let in
   * @return the TCP port, or −1 on another transport
   * @throws IOException if the transport cannot be opened
   */
  public int offerToControllers(ServerBuilder<?> transport, Access access) throws IOException {
    new Entry(transport, rules, access)
        .serve(evaluations.service())
        .serve(health.getHealthService());
    Server offered = transport.build().start();
    servers.add(offered);
    return offered.getPort();
  }

  /** How many calls run; those of health, reflection and channelz do not count. */
  int runningCalls() {
    return calls.running();
  }

  /** Whether new work is refused. */
  public boolean isDraining() {
    return admission.isDraining();
  }

  /** The TCP port, or −1 on another transport. */
  public int port() {
    return server.getPort();
  }

  /**
   * Refuses new work from now on: health says NOT_SERVING, new calls and open streams get DRAINING,
   * running calls go on.
   */
  public synchronized void drain() {
    if (!admission.isDraining()) {
      health.enterTerminalState();
      admission.drain();
    }
  }

  /**
   * Drains, waits for running calls and stops. Connections end only after the last answer: a
   * connection that ended with it could take along what the client had not read yet.
   *
   * @param grace longest time to wait, after which the calls that still run are told that the
   *     server is gone, and cancelled; {@link TimeLimit#NONE} or more means no limit
   * @return whether all calls had finished
   */
  public boolean shutdown(Duration grace) {
    drain();
    boolean finished = false;
    try {
      finished = calls.await(TimeLimit.atMostNone(grace));
      Duration closing = CLOSING;
      if (!finished) {
        calls.cut();
        closing = CUTTING;
      }
      servers.forEach(Server::shutdown);
      long deadline = System.nanoTime() + closing.toNanos();
      for (Server each : servers) {
        each.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    servers.forEach(Server::shutdownNow);
    workers.close();
    sessions.close();
    evaluations.close();
    keep(savedSessions.getAndSet(null));
    return finished;
  }

  private static void keep(@Nullable SavedSessions saved) {
    if (saved != null) {
      try (saved) {
        saved.save();
      } catch (IOException e) {
        LOG.error("The sessions could not be saved, and are lost", e);
      }
    }
  }

  /** Waits until the server has been stopped. */
  public void awaitTermination() throws InterruptedException {
    server.awaitTermination();
  }

  /** Stops at once. */
  @Override
  public void close() {
    shutdown(NO_GRACE);
  }
}
