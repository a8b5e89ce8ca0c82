package io.gaitway.server.call;

import io.gaitway.server.wire.Errors;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends calls for good, and never throws: one that is closed already, by a limit say, stays so. */
public final class Ending {
  private static final Logger LOG = LoggerFactory.getLogger(Ending.class);

  private Ending() {}

  /** Ends a call with the status of what was thrown. */
  public static void fail(StreamObserver<?> out, Throwable thrown) {
    StatusRuntimeException status = Errors.toStatus(thrown);
    try {
      out.onError(status);
    } catch (RuntimeException closed) {
      LOG.debug("A call had been closed before it could fail", closed);
    }
  }

  /** Ends a call that was answered in full. */
  public static void complete(StreamObserver<?> out) {
    try {
      out.onCompleted();
    } catch (RuntimeException closed) {
      LOG.debug("A call had been closed before it could complete", closed);
    }
  }
}
