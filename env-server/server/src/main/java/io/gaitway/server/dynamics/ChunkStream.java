package io.gaitway.server.dynamics;

import io.gaitway.server.call.Ending;
import io.gaitway.server.call.Job;
import io.gaitway.server.wire.Errors;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Answers a server-streaming call with chunks that are computed in any order, on any threads, and
 * sent in order, no faster than the client reads: at most a window of chunks exists at a time, and
 * no thread ever waits.
 */
final class ChunkStream<M> {
  /**
   * Bytes that may wait in the transport. gRPC's own limit, 32 kB, is less than one chunk, so that
   * every chunk would wait for the one before to have left: measured, 1.6 to 2.4 times the whole
   * call.
   */
  private static final int READY_BYTES = 4 << 20;

  private final ServerCallStreamObserver<M> out;
  private final Job job;
  private final int parallel;
  private final int window;

  /** Chunks computed and not yet sent; chunk c at c mod window. */
  private final AtomicReferenceArray<@Nullable List<M>> ready;

  private final AtomicInteger running = new AtomicInteger();

  /** Requests for {@link #pump} that its present run has not seen yet; it runs on one thread. */
  private final AtomicInteger wanted = new AtomicInteger();

  private volatile @Nullable Source<M> source;

  // Touched by pump alone.
  private int started;
  private int sent;
  private int sentOfChunk;
  private boolean finished;

  private volatile @Nullable Throwable failure;

  /**
   * What the answer is made of.
   *
   * @param chunks number of chunks
   * @param compute computes a chunk's messages; must be free of side effects
   * @param nanos how long all chunks together will take
   * @param bytes size of all chunks together
   */
  record Source<M>(int chunks, IntFunction<List<M>> compute, double nanos, long bytes) {}

  /**
   * Prepares the answer; to be called before the service's method returns.
   *
   * @param out the call; must not have been answered
   * @param job where chunks are computed
   * @param parallel most chunks to compute at a time
   */
  ChunkStream(ServerCallStreamObserver<M> out, Job job, int parallel) {
    this.out = out;
    this.job = job;
    this.parallel = parallel;
    window = 2 * parallel;
    ready = new AtomicReferenceArray<>(window);
    out.setOnReadyThreshold(READY_BYTES);
    out.setOnReadyHandler(this::pump);
    out.setOnCancelHandler(job::cancel);
  }

  /** Starts answering, on any thread. */
  void start(Source<M> what) {
    source = what;
    pump();
  }

  /** Sends what can be sent and starts what can be started, unless another thread is doing so. */
  private void pump() {
    if (wanted.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      do {
        send();
      } while (launch());
      seen = wanted.addAndGet(-seen);
    } while (seen != 0);
  }

  /** Sends what can be sent; where that fails, so does the call. */
  private void send() {
    try {
      Throwable thrown = failure;
      if (thrown == null) {
        sendReady();
      } else if (!finished) {
        finished = true;
        Ending.fail(out, thrown);
      }
    } catch (Throwable t) {
      finished = true;
      Ending.fail(out, t);
    }
  }

  private void sendReady() {
    Source<M> source = this.source;
    if (source == null) {
      return;
    }
    while (!finished && sent < source.chunks() && out.isReady()) {
      List<M> chunk = ready.get(sent % window);
      if (chunk == null) {
        return;
      }
      if (sentOfChunk < chunk.size()) {
        out.onNext(chunk.get(sentOfChunk++));
      } else {
        ready.set(sent % window, null);
        sent++;
        sentOfChunk = 0;
      }
    }
    if (sent == source.chunks() && !finished) {
      finished = true;
      Ending.complete(out);
    }
  }

  /** Starts the computation of one chunk, if there is one to start. */
  private boolean launch() {
    Source<M> source = this.source;
    if (source == null
        || finished
        || out.isCancelled()
        || started == source.chunks()
        || started == sent + window
        || running.get() == parallel) {
      return false;
    }
    int chunk = started++;
    running.incrementAndGet();
    try {
      compute(source, chunk);
    } catch (RejectedExecutionException e) {
      failure = Errors.draining();
    } catch (Throwable t) {
      failure = t;
    }
    return true;
  }

  private void compute(Source<M> source, int chunk) {
    Runnable work = () -> run(source, chunk);
    // All the room that the answer can take comes with the first chunk.
    double held = READY_BYTES + (double) window * source.bytes() / source.chunks();
    long bytes = chunk > 0 ? 0 : (long) Math.min(source.bytes(), held);
    if (source.chunks() == 1) {
      job.place(source.nanos(), bytes, work);
    } else {
      job.later(source.nanos() / source.chunks(), bytes, work);
    }
  }

  private void run(Source<M> source, int chunk) {
    try {
      ready.set(chunk % window, source.compute().apply(chunk));
    } catch (Throwable t) {
      failure = t;
    }
    running.decrementAndGet();
    pump();
  }
}
