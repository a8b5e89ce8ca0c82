package io.gaitway.client.internal;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * The only place where tensors and arrays meet. Each direction is one bulk copy between a double
 * array and little-endian bytes; the bytes themselves are wrapped, not copied.
 */
public final class Tensors {
  private Tensors() {}

  /** Encodes the first {@code product(shape)} entries of {@code values}. */
  public static Tensor of(double[] values, long... shape) {
    int length = Math.toIntExact(size(shape));
    byte[] bytes = new byte[Math.multiplyExact(length, Double.BYTES)];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values, 0, length);
    return tensor(DataType.DATA_TYPE_FLOAT64, bytes, shape);
  }

  /** Encodes truth values, shape (length). */
  public static Tensor of(boolean[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return tensor(DataType.DATA_TYPE_BOOL, bytes, values.length);
  }

  private static Tensor tensor(DataType type, byte[] bytes, long... shape) {
    Tensor.Builder builder =
        Tensor.newBuilder().setDtype(type).setData(UnsafeByteOperations.unsafeWrap(bytes));
    for (long size : shape) {
      builder.addShape(size);
    }
    return builder.build();
  }

  /** Decodes a tensor of {@code length} numbers into {@code out}, from {@code at} on. */
  public static void read(Tensor tensor, String name, double[] out, int at, int length) {
    if (length < 0 || at < 0 || at > out.length - length) {
      throw answer(name + " has entries beyond those asked for");
    }
    ByteString data = tensor.getData();
    if (data.size() != (long) length * Double.BYTES) {
      throw answer(
          "%s has %d bytes instead of %d"
              .formatted(name, data.size(), (long) length * Double.BYTES));
    }
    data.asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asDoubleBuffer()
        .get(out, at, length);
  }

  /** Decodes a tensor of {@code length} numbers into a new array. */
  public static double[] doubles(Tensor tensor, String name, int length) {
    double[] out = new double[length];
    read(tensor, name, out, 0, length);
    return out;
  }

  /** Decodes {@code length} truth values; an absent tensor means all false. */
  public static boolean[] booleans(Tensor tensor, String name, int length) {
    boolean[] out = new boolean[length];
    ByteString data = tensor.getData();
    if (data.isEmpty() && tensor.getShapeCount() == 0) {
      return out;
    }
    if (data.size() != length) {
      throw answer("%s has %d bytes instead of %d".formatted(name, data.size(), length));
    }
    for (int i = 0; i < length; i++) {
      out[i] = data.byteAt(i) != 0;
    }
    return out;
  }

  /** Number of rows of a tensor; zero for an absent one. */
  public static int rows(Tensor tensor) {
    return tensor.getShapeCount() == 0 ? 0 : Math.toIntExact(tensor.getShape(0));
  }

  /** The fault of a server whose answer is not what the contract says. */
  public static GaitwayException answer(String what) {
    return new GaitwayException(
        "INTERNAL", "", "the server's answer cannot be used: " + what, Map.of(), null);
  }

  private static long size(long... shape) {
    long size = 1;
    for (long s : shape) {
      size = Math.multiplyExact(size, s);
    }
    return size;
  }
}
