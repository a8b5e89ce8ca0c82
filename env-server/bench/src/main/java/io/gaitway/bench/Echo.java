package io.gaitway.bench;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * A service that answers bytes with bytes, without protobuf and without work: the limit of what
 * calls of a given size can reach on a transport. The first two bytes of a request ask for the
 * answer's size.
 */
final class Echo {
  static final MethodDescriptor<byte[], byte[]> UNARY = method(MethodType.UNARY, "Unary");
  static final MethodDescriptor<byte[], byte[]> STREAM =
      method(MethodType.BIDI_STREAMING, "Stream");

  private Echo() {}

  /** The service. */
  static ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("gaitway.bench.Echo")
        .addMethod(
            UNARY,
            ServerCalls.asyncUnaryCall(
                (byte[] request, StreamObserver<byte[]> out) -> {
                  out.onNext(answer(request));
                  out.onCompleted();
                }))
        .addMethod(STREAM, ServerCalls.asyncBidiStreamingCall(Echo::stream))
        .build();
  }

  /**
   * A request of {@code bytes} bytes, at least 2, that is answered by {@code answerBytes} bytes.
   */
  static byte[] request(int bytes, int answerBytes) {
    byte[] request = new byte[bytes];
    request[0] = (byte) (answerBytes >>> 8);
    request[1] = (byte) answerBytes;
    return request;
  }

  private static byte[] answer(byte[] request) {
    return new byte[Byte.toUnsignedInt(request[0]) << 8 | Byte.toUnsignedInt(request[1])];
  }

  private static StreamObserver<byte[]> stream(StreamObserver<byte[]> out) {
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] request) {
        out.onNext(answer(request));
      }

      @Override
      public void onError(Throwable cancelled) {}

      @Override
      public void onCompleted() {
        out.onCompleted();
      }
    };
  }

  private static MethodDescriptor<byte[], byte[]> method(MethodType type, String name) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName("gaitway.bench.Echo/" + name)
        .setRequestMarshaller(new Raw())
        .setResponseMarshaller(new Raw())
        .build();
  }

  private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] bytes) {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public byte[] parse(InputStream in) {
      try {
        return in.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
