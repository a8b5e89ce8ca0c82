package io.gaitway.server.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UnsafeByteOperations;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The only place, with {@link TensorBuffer}, where protobuf's tensors and Java's arrays meet.
 * Reading checks type, shape, number of bytes and finiteness, in this order, and names the field at
 * fault.
 */
public final class Codec {
  /** A dimension that may have any size. */
  public static final long ANY = -1;

  private Codec() {}

  /**
   * Reads a float64 tensor of a given shape; allocates the result.
   *
   * @param field path of the tensor in the request
   * @param shape sizes expected, {@link #ANY} where free
   */
  public static double[] doubles(String field, Tensor tensor, long... shape) {
    double[] values = rawDoubles(field, tensor, shape);
    requireFinite(field, values, values.length);
    return values;
  }

  /** As {@link #doubles}, without the check for finiteness. */
  public static double[] rawDoubles(String field, Tensor tensor, long... shape) {
    requireType(field, tensor, DataType.DATA_TYPE_FLOAT64);
    requireShape(field, tensor, 0, shape);
    double[] values = new double[requireBytes(field, tensor, Double.BYTES)];
    copy(tensor, values);
    return values;
  }

  /** As {@link #doubles}, into an array that is as long as the shape says. */
  public static void doublesInto(String field, Tensor tensor, double[] out, long... shape) {
    requireType(field, tensor, DataType.DATA_TYPE_FLOAT64);
    requireShape(field, tensor, 0, shape);
    requireBytes(field, tensor, Double.BYTES);
    copy(tensor, out);
    requireFinite(field, out, out.length);
  }

  /** As {@link #doubles}, where the first size given is the least that is allowed. */
  public static double[] doublesAtLeast(String field, Tensor tensor, long... shape) {
    requireType(field, tensor, DataType.DATA_TYPE_FLOAT64);
    requireShape(field, tensor, 1, shape);
    double[] values = new double[requireBytes(field, tensor, Double.BYTES)];
    copy(tensor, values);
    requireFinite(field, values, values.length);
    return values;
  }

  /** Reads a BOOL tensor of {@code count} entries; allocates the result. */
  public static boolean[] booleans(String field, Tensor tensor, int count) {
    requireType(field, tensor, DataType.DATA_TYPE_BOOL);
    requireShape(field, tensor, 0, new long[] {count});
    boolean[] values = new boolean[requireBytes(field, tensor, 1)];
    for (int i = 0; i < values.length; i++) {
      byte value = tensor.getData().byteAt(i);
      if (value != 0 && value != 1) {
        throw Errors.outOfRange(field, Byte.toUnsignedInt(value), "0 or 1");
      }
      values[i] = value == 1;
    }
    return values;
  }

  /** Writes the first entries of an array as a float64 tensor of the shape. */
  public static Tensor tensor(double[] values, long... shape) {
    TensorBuffer buffer = new TensorBuffer(shape);
    buffer.put(values, 0, buffer.bytes().length / Double.BYTES);
    return buffer.finish();
  }

  /** Writes a BOOL tensor of shape (n). */
  public static Tensor tensor(boolean[] values) {
    return Tensor.newBuilder()
        .setDtype(DataType.DATA_TYPE_BOOL)
        .addShape(values.length)
        .setData(bytes(values))
        .build();
  }

  /** The bytes of a float64 tensor. */
  public static ByteString bytes(double[] values) {
    byte[] bytes = new byte[values.length * Double.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values);
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  /** The bytes of a BOOL tensor. */
  public static ByteString bytes(boolean[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  /** Converts a duration. */
  public static Duration duration(java.time.Duration duration) {
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  /** Converts a duration of this program's own making. */
  public static java.time.Duration duration(Duration duration) {
    return java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }

  /** Converts an instant. */
  public static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  /** Boxes numbers. */
  public static List<Long> list(long[] values) {
    List<Long> list = new ArrayList<>(values.length);
    for (long value : values) {
      list.add(value);
    }
    return list;
  }

  /** Checks that the first {@code count} numbers are finite. */
  public static void requireFinite(String field, double[] values, int count) {
    if (Finite.all(values, 0, count)) {
      return;
    }
    for (int i = 0; i < count; i++) {
      if (!Double.isFinite(values[i])) {
        throw Errors.nonFinite(field, i, values[i]);
      }
    }
  }

  private static void requireType(String field, Tensor tensor, DataType expected) {
    if (tensor == Tensor.getDefaultInstance()) {
      throw Errors.missing(field);
    }
    DataType actual = tensor.getDtype();
    if (actual == DataType.DATA_TYPE_UNSPECIFIED) {
      actual = DataType.DATA_TYPE_FLOAT64;
    }
    if (actual != expected) {
      String name =
          actual == DataType.UNRECOGNIZED
              ? Integer.toString(tensor.getDtypeValue())
              : actual.name();
      throw Errors.type(field, expected.name(), name);
    }
  }

  /** Checks the shape; the first {@code atLeast} sizes are lower limits. */
  private static void requireShape(String field, Tensor tensor, int atLeast, long[] shape) {
    boolean matches = tensor.getShapeCount() == shape.length;
    for (int i = 0; matches && i < shape.length; i++) {
      long actual = tensor.getShape(i);
      matches =
          actual >= 0
              && (shape[i] == ANY || (i < atLeast ? actual >= shape[i] : actual == shape[i]));
    }
    if (!matches) {
      StringBuilder expected = new StringBuilder("(");
      for (int i = 0; i < shape.length; i++) {
        expected
            .append(i > 0 ? ", " : "")
            .append(i < atLeast ? "at least " : "")
            .append(shape[i] == ANY ? "n" : Long.toString(shape[i]));
      }
      throw Errors.shape(field, expected.append(')').toString(), shape(tensor.getShapeList()));
    }
  }

  /** Writes a shape for people, like "(400, 10)"; a long one is cut. */
  public static String shape(List<? extends Number> sizes) {
    String shown =
        sizes.stream().limit(8).map(Object::toString).collect(Collectors.joining(", ", "(", ""));
    return shown + (sizes.size() > 8 ? ", …)" : ")");
  }

  /** Checks the number of bytes against the shape and returns the number of entries. */
  private static int requireBytes(String field, Tensor tensor, int entryBytes) {
    long expected = entryBytes;
    for (int i = 0; i < tensor.getShapeCount(); i++) {
      long size = tensor.getShape(i);
      // Saturates: any product beyond an array's length is too long for the data anyway.
      expected = size != 0 && expected > Long.MAX_VALUE / size ? Long.MAX_VALUE : expected * size;
    }
    if (expected != tensor.getData().size()) {
      throw Errors.bytes(field, expected, tensor.getData().size());
    }
    return tensor.getData().size() / entryBytes;
  }

  private static void copy(Tensor tensor, double[] out) {
    tensor
        .getData()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asDoubleBuffer()
        .get(out);
  }
}
