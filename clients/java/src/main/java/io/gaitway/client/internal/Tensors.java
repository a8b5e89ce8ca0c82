package io.gaitway.client.internal;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The only place where tensors and arrays meet. Each direction is one bulk copy between a double
 * array and little-endian bytes; the bytes themselves are wrapped, not copied. What is read is
 * checked against what was asked for before anything is allocated or copied.
 */
public final class Tensors {
  private Tensors() {}

  /**
   * Encodes the first {@code product(shape)} entries of {@code values}.
   *
   * @throws IllegalArgumentException if there are fewer, or they are too many for one message
   */
  public static Tensor of(double[] values, long... shape) {
    return from(values, 0, shape);
  }

  /**
   * Encodes {@code product(shape)} entries of {@code values} from {@code at} on, as {@link #of}.
   */
  static Tensor from(double[] values, int at, long... shape) {
    long length = size(shape);
    if (at + length > values.length) {
      throw new IllegalArgumentException(
          "an array of shape %s has %d numbers, but there are only %d"
              .formatted(words(list(shape)), length, values.length - at));
    }
    if (length > Integer.MAX_VALUE / Double.BYTES) {
      throw new IllegalArgumentException(
          "an array of shape %s has %d numbers; one message has room for %d"
              .formatted(words(list(shape)), length, Integer.MAX_VALUE / Double.BYTES));
    }
    byte[] bytes = new byte[(int) length * Double.BYTES];
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asDoubleBuffer()
        .put(values, at, (int) length);
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

  /**
   * What is wrong with a tensor, in words that go on from its name; null if it is of this type and
   * shape.
   */
  public static @Nullable String problem(Tensor tensor, DataType type, long... shape) {
    boolean typed =
        tensor.getDtype() == type
            || (type == DataType.DATA_TYPE_FLOAT64
                && tensor.getDtype() == DataType.DATA_TYPE_UNSPECIFIED);
    if (!typed) {
      return "has type %s instead of %s".formatted(word(tensor.getDtype()), word(type));
    }
    List<Long> expected = list(shape);
    if (!tensor.getShapeList().equals(expected)) {
      return "has shape %s instead of %s".formatted(words(tensor.getShapeList()), words(expected));
    }
    long bytes = size(shape) * (type == DataType.DATA_TYPE_BOOL ? 1 : Double.BYTES);
    if (tensor.getData().size() != bytes) {
      return "has %d bytes instead of %d".formatted(tensor.getData().size(), bytes);
    }
    return null;
  }

  private static String word(DataType type) {
    return type.name().replace("DATA_TYPE_", "");
  }

  /** Decodes a tensor of numbers of exactly this shape into {@code out}, from {@code at} on. */
  public static void read(Tensor tensor, String name, double[] out, int at, long... shape) {
    require(tensor, name, DataType.DATA_TYPE_FLOAT64, shape);
    int length = tensor.getData().size() / Double.BYTES;
    if (at > out.length - length) {
      throw answer(name + " has entries beyond those asked for");
    }
    copy(tensor, out, at, length);
  }

  /** Decodes a tensor of numbers of exactly this shape into a new array. */
  public static double[] doubles(Tensor tensor, String name, long... shape) {
    require(tensor, name, DataType.DATA_TYPE_FLOAT64, shape);
    double[] out = new double[tensor.getData().size() / Double.BYTES];
    copy(tensor, out, 0, out.length);
    return out;
  }

  private static void copy(Tensor tensor, double[] out, int at, int length) {
    tensor
        .getData()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asDoubleBuffer()
        .get(out, at, length);
  }

  /** Decodes {@code length} truth values; an absent tensor means all false. */
  public static boolean[] booleans(Tensor tensor, String name, int length) {
    boolean[] out = new boolean[length];
    ByteString data = tensor.getData();
    if (data.isEmpty() && tensor.getShapeCount() == 0) {
      return out;
    }
    require(tensor, name, DataType.DATA_TYPE_BOOL, length);
    for (int i = 0; i < length; i++) {
      byte value = data.byteAt(i);
      if (value != 0 && value != 1) {
        throw answer("%s has %d in entry %d instead of 0 or 1".formatted(name, value & 0xff, i));
      }
      out[i] = value == 1;
    }
    return out;
  }

  /**
   * Number of rows of a tensor, at most {@code most}.
   *
   * @throws GaitwayException if it has no dimension, or more rows
   */
  public static int rows(Tensor tensor, String name, int most) {
    long rows = tensor.getShapeCount() == 0 ? -1 : tensor.getShape(0);
    if (rows < 0) {
      throw answer("%s has shape %s".formatted(name, words(tensor.getShapeList())));
    }
    if (rows > most) {
      throw answer(
          "%s has entries beyond those asked for: %d rows, of at most %d"
              .formatted(name, rows, most));
    }
    return (int) rows;
  }

  private static void require(Tensor tensor, String name, DataType type, long... shape) {
    @Nullable String problem = problem(tensor, type, shape);
    if (problem != null) {
      throw answer(name + " " + problem);
    }
  }

  /** The fault of a server whose answer is not what the contract says. */
  public static GaitwayException answer(String what) {
    return new GaitwayException(
        "INTERNAL", "", "the server's answer cannot be used: " + what, Map.of(), null);
  }

  /** A shape as a person writes it: {@code (3, 2)}. */
  public static String words(List<Long> shape) {
    return shape.toString().replace('[', '(').replace(']', ')');
  }

  private static List<Long> list(long... shape) {
    List<Long> list = new ArrayList<>(shape.length);
    for (long size : shape) {
      list.add(size);
    }
    return list;
  }

  private static long size(long... shape) {
    long size = 1;
    for (long s : shape) {
      size = Math.multiplyExact(size, s);
    }
    return size;
  }
}
