package io.gaitway.server;

import io.gaitway.server.log.RequestId;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;

/** Is told of every call that the server ends with a fault; must not throw. */
interface FailedCalls {
  /** Says how a call ended, on the thread that ended it. */
  void failed(MethodDescriptor<?, ?> method, Status status, Metadata trailers, RequestId id);
}
