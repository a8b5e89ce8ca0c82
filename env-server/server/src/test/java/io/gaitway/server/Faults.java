package io.gaitway.server;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Reads the details of a status. */
public final class Faults {
  private Faults() {}

  /** The one ErrorInfo that there must be. */
  public static ErrorInfo info(StatusRuntimeException fault) {
    List<ErrorInfo> infos = details(fault, ErrorInfo.class);
    if (infos.size() != 1) {
      throw new AssertionError(infos.size() + " ErrorInfos in " + fault, fault);
    }
    return infos.get(0);
  }

  /** The one RetryInfo that there must be. */
  public static RetryInfo retry(StatusRuntimeException fault) {
    return details(fault, RetryInfo.class).get(0);
  }

  /** The fields at fault. */
  public static List<String> fields(StatusRuntimeException fault) {
    return details(fault, BadRequest.class).stream()
        .flatMap(bad -> bad.getFieldViolationsList().stream())
        .map(BadRequest.FieldViolation::getField)
        .toList();
  }

  private static <M extends Message> List<M> details(StatusRuntimeException fault, Class<M> type) {
    List<M> found = new ArrayList<>();
    try {
      com.google.rpc.Status status = StatusProto.fromThrowable(fault);
      for (Any any : Objects.requireNonNull(status, "no details").getDetailsList()) {
        if (any.is(type)) {
          found.add(any.unpack(type));
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
    return found;
  }
}
