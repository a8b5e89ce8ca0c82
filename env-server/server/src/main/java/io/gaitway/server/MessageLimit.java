package io.gaitway.server;

import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Keeps request messages beyond a size from being looked at, so that {@link CallGuard} can refuse
 * them with an ErrorInfo, which gRPC's own limit cannot add. On a network transport {@link Arrival}
 * refuses a call as soon as more bytes of a message have come than are allowed, so no call makes
 * the server hold more; what arrives at once, in process or by decompression, is stopped here,
 * before it is parsed.
 *
 * <p>The transport itself must let all sizes pass.
 */
final class MessageLimit {
  private final int limit;

  /**
   * Prepares.
   *
   * @param limit largest request message, bytes
   */
  MessageLimit(int limit) {
    this.limit = limit;
  }

  /** The same service, on messages as their bytes. */
  ServerServiceDefinition limit(ServerServiceDefinition service) {
    return ServerInterceptors.useMarshalledMessages(service, new Requests(), new Responses());
  }

  /** Hands requests on as their bytes, or {@link TooLarge}, or {@link Malformed}. */
  private final class Requests implements Marshaller<InputStream> {
    @Override
    public InputStream stream(InputStream request) {
      return request;
    }

    @Override
    public InputStream parse(InputStream in) {
      try {
        if (in instanceof KnownLength) {
          return in.available() > limit ? new TooLarge() : in;
        }
        byte[] request = in.readNBytes(limit);
        return in.read() >= 0 ? new TooLarge() : new ByteArrayInputStream(request);
      } catch (IOException e) {
        return new Malformed();
      }
    }
  }

  /** Hands answers on as their bytes. */
  private static final class Responses implements Marshaller<InputStream> {
    @Override
    public InputStream stream(InputStream response) {
      return response;
    }

    @Override
    public InputStream parse(InputStream response) {
      return response;
    }
  }

  /** Stands for a message that is not to be looked at. */
  private static class Refused extends InputStream {
    @Override
    public int read() {
      return -1;
    }
  }

  /** Stands for a message that is too large. */
  static final class TooLarge extends Refused {}

  /** Stands for a message that cannot be decompressed. */
  static final class Malformed extends Refused {}
}
