package io.gaitway.server.session;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.wire.Codec;

/**
 * What the answers to all steps of a batch have in common: the tensors without their bytes, and the
 * bytes of flags that are not set.
 *
 * @param states shape (N, nx)
 * @param costs shape (N)
 * @param flags shape (N)
 * @param state shape (nx)
 * @param noFlags N zeros
 */
record AnswerForm(Tensor states, Tensor costs, Tensor flags, Tensor state, ByteString noFlags) {
  static AnswerForm of(int n, int nx) {
    return new AnswerForm(
        form(DataType.DATA_TYPE_FLOAT64, n, nx),
        form(DataType.DATA_TYPE_FLOAT64, n),
        form(DataType.DATA_TYPE_BOOL, n),
        form(DataType.DATA_TYPE_FLOAT64, nx),
        UnsafeByteOperations.unsafeWrap(new byte[n]));
  }

  private static Tensor form(DataType type, long... shape) {
    Tensor.Builder tensor = Tensor.newBuilder().setDtype(type);
    for (long size : shape) {
      tensor.addShape(size);
    }
    return tensor.build();
  }

  /** The bytes of numbers. */
  ByteString doubles(double[] values) {
    return Codec.bytes(values);
  }

  /** The bytes of flags; {@link #noFlags} itself if none is set. */
  ByteString flags(boolean[] values) {
    for (boolean value : values) {
      if (value) {
        return Codec.bytes(values);
      }
    }
    return noFlags;
  }
}
