package io.gaitway.server.evaluation;

import io.gaitway.server.call.Admission;
import io.gaitway.server.call.ServerOptions;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Everything that a server needs for evaluations, with threads of its own: some that run control
 * steps, and those of the database. Neither waits for what else the server does.
 */
public final class EvaluationRoom implements AutoCloseable {
  private final DeadlineTimer timer;
  private final ExecutorService compute;
  private final Storage storage;
  private final EvaluationRegister register;
  private final Admission admission;

  /**
   * Prepares.
   *
   * @param opener opens the database, when it is first needed
   * @param timer to be closed with this
   * @param whenCaughtUp runs something when the transport has read all that has arrived by now
   * @param compute runs the control steps of episodes; to be closed with this
   */
  public EvaluationRoom(
      Suites suites,
      Supplier<EvaluationStore> opener,
      DeadlineTimer timer,
      Consumer<Runnable> whenCaughtUp,
      InstantSource clock,
      ExecutorService compute,
      ServerOptions options,
      Admission admission) {
    this.timer = timer;
    this.compute = compute;
    this.admission = admission;
    storage = new Storage(opener, options.evaluations());
    register =
        new EvaluationRegister(
            suites, new Facilities(storage, timer, whenCaughtUp, clock, compute, options));
  }

  /** Threads for control steps of episodes. */
  public static ExecutorService threads(int threads) {
    AtomicInteger number = new AtomicInteger();
    return new ThreadPoolExecutor(
        threads,
        threads,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> {
          Thread made = new Thread(task, "gaitway-evaluation-" + number.incrementAndGet());
          made.setDaemon(true);
          return made;
        });
  }

  /** A service over them, for one transport. */
  public EvaluationService service() {
    return new EvaluationService(register, compute, admission);
  }

  /** Number of evaluations with running episodes. */
  public int running() {
    return register.running();
  }

  /** Memory that their running episodes hold, bytes. */
  public long bytes() {
    return register.bytes();
  }

  /**
   * Opens the database now rather than when it is first needed.
   *
   * @throws StoreException if that fails
   */
  public void open() {
    storage.open();
  }

  /** Writes what can be written and closes the database; no call runs any more. */
  @Override
  public void close() {
    timer.close();
    register.save();
    compute.shutdown();
    try {
      if (!compute.awaitTermination(Storage.WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        compute.shutdownNow();
      }
    } catch (InterruptedException e) {
      compute.shutdownNow();
      Thread.currentThread().interrupt();
    }
    storage.close();
  }
}
