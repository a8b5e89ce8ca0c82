package io.gaitway.server.wire;

import com.google.protobuf.UnsafeByteOperations;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;

/** A float64 tensor in the making: numbers go straight into the bytes that are sent. */
public final class TensorBuffer {
  private final long[] shape;
  private final byte[] bytes;
  private final DoubleBuffer view;

  /** Starts a tensor of zeros. */
  public TensorBuffer(long... shape) {
    this.shape = shape;
    long entries = 1;
    for (long size : shape) {
      entries = Math.multiplyExact(entries, size);
    }
    bytes = new byte[Math.toIntExact(entries * Double.BYTES)];
    view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
  }

  /** Puts {@code count} numbers behind those put so far. */
  public TensorBuffer put(double[] source, int from, int count) {
    view.put(source, from, count);
    return this;
  }

  /** Puts a number behind those put so far. */
  public void put(double value) {
    view.put(value);
  }

  /** Puts {@code count} NaNs behind the numbers put so far. */
  public void putNaN(int count) {
    for (int i = 0; i < count; i++) {
      view.put(Double.NaN);
    }
  }

  /** Puts numbers at a flat index. */
  void set(int at, double[] source, int from, int count) {
    view.put(at, source, from, count);
  }

  /** The bytes themselves, not a copy. */
  byte[] bytes() {
    return bytes;
  }

  /** The tensor, which shares the bytes: nothing may be put any more. */
  public Tensor finish() {
    Tensor.Builder tensor = Tensor.newBuilder().setDtype(DataType.DATA_TYPE_FLOAT64);
    for (long size : shape) {
      tensor.addShape(size);
    }
    return tensor.setData(UnsafeByteOperations.unsafeWrap(bytes)).build();
  }
}
