package io.gaitway.server.dmenv;

import com.google.protobuf.ByteString;
import io.gaitway.proto.dmenv.v1.Tensor;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import java.math.BigInteger;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The only place where the tensors of dm_env_rpc and Java's values meet. Reading checks type, shape
 * and finiteness, and names the field at fault.
 */
final class DmEnvTensors {
  private DmEnvTensors() {}

  /**
   * Reads a DOUBLE tensor of shape (n). As that protocol has it, a single entry fills the shape,
   * and a negative size is the number of entries.
   */
  static double[] doubles(String field, Tensor tensor, int n) {
    requireType(field, tensor, Tensor.PayloadCase.DOUBLES);
    List<Integer> shape = tensor.getShapeList();
    boolean free = shape.size() == 1 && shape.get(0) < 0;
    if (!free && !shape.equals(List.of(n))) {
      throw Errors.shape(field, "(" + n + ")", Codec.shape(shape));
    }
    int entries = tensor.getDoubles().getArrayCount();
    if (entries != n && (free || entries != 1)) {
      throw Errors.outOfRange(
          field + " (its number of entries)", entries, (free ? "" : "1 or ") + n);
    }
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = tensor.getDoubles().getArray(entries == 1 ? 0 : i);
    }
    Codec.requireFinite(field, values, n);
    return values;
  }

  /** Reads a STRING tensor of any shape. */
  static List<String> texts(String field, Tensor tensor) {
    requireType(field, tensor, Tensor.PayloadCase.STRINGS);
    return tensor.getStrings().getArrayList();
  }

  /** Reads a finite number of any type. */
  static double number(String field, Tensor tensor) {
    double value =
        switch (tensor.getPayloadCase()) {
          case DOUBLES -> {
            Tensor.DoubleArray array = tensor.getDoubles();
            yield only(field, array.getArrayCount(), array::getArray);
          }
          case FLOATS -> {
            Tensor.FloatArray array = tensor.getFloats();
            yield only(field, array.getArrayCount(), array::getArray);
          }
          default -> integer(field, tensor, "a number").doubleValue();
        };
    Codec.requireFinite(field, new double[] {value}, 1);
    return value;
  }

  /** Reads a number of any type of whole numbers. */
  static BigInteger integer(String field, Tensor tensor) {
    return integer(field, tensor, "a whole number");
  }

  private static BigInteger integer(String field, Tensor tensor, String expected) {
    return switch (tensor.getPayloadCase()) {
      case INT8S -> BigInteger.valueOf(onlyByte(field, tensor.getInt8S().getArray()));
      case UINT8S ->
          BigInteger.valueOf(Byte.toUnsignedInt(onlyByte(field, tensor.getUint8S().getArray())));
      case INT32S -> {
        Tensor.Int32Array array = tensor.getInt32S();
        yield BigInteger.valueOf(only(field, array.getArrayCount(), array::getArray));
      }
      case UINT32S -> {
        Tensor.Uint32Array array = tensor.getUint32S();
        int value = only(field, array.getArrayCount(), array::getArray);
        yield BigInteger.valueOf(Integer.toUnsignedLong(value));
      }
      case INT64S -> {
        Tensor.Int64Array array = tensor.getInt64S();
        yield BigInteger.valueOf(only(field, array.getArrayCount(), array::getArray));
      }
      case UINT64S -> {
        Tensor.Uint64Array array = tensor.getUint64S();
        long value = only(field, array.getArrayCount(), array::getArray);
        yield new BigInteger(Long.toUnsignedString(value));
      }
      case PAYLOAD_NOT_SET -> throw Errors.missing(field);
      default -> throw Errors.type(field, expected, typeName(tensor.getPayloadCase()));
    };
  }

  /** The only entry of an array that must have one. */
  static <T> T only(String field, int count, IntFunction<T> entries) {
    if (count != 1) {
      throw Errors.outOfRange(field + " (its number of entries)", count, "1");
    }
    return entries.apply(0);
  }

  /** Writes a scalar. */
  static Tensor scalar(double value) {
    return Tensor.newBuilder().setDoubles(array(value)).build();
  }

  /** Writes a tensor of shape (n). */
  static Tensor vector(double[] values) {
    return Tensor.newBuilder().setDoubles(array(values)).addShape(values.length).build();
  }

  /** Writes the entries of a tensor. */
  static Tensor.DoubleArray array(double... values) {
    Tensor.DoubleArray.Builder array = Tensor.DoubleArray.newBuilder();
    for (double value : values) {
      array.addArray(value);
    }
    return array.build();
  }

  private static byte onlyByte(String field, ByteString array) {
    return only(field, array.size(), array::byteAt);
  }

  private static void requireType(String field, Tensor tensor, Tensor.PayloadCase expected) {
    Tensor.PayloadCase actual = tensor.getPayloadCase();
    if (actual == Tensor.PayloadCase.PAYLOAD_NOT_SET) {
      throw Errors.missing(field);
    }
    if (actual != expected) {
      throw Errors.type(field, typeName(expected), typeName(actual));
    }
  }

  /** The name of the type in that protocol, such as DOUBLE for the payload {@code doubles}. */
  private static String typeName(Tensor.PayloadCase payload) {
    return payload.name().substring(0, payload.name().length() - 1);
  }
}
