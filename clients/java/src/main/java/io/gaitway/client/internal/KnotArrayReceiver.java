package io.gaitway.client.internal;

import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.Tensor;
import java.util.function.Function;

/** Writes one of the arrays in the chunks of a linearisation into an array of the caller's. */
final class KnotArrayReceiver implements ChunkReceiver {
  private final String name;
  private final Function<LinearizeResponse, Tensor> array;
  private final double[] out;
  private final int total;
  private final int rows;
  private final int columns;
  private int knots;

  /**
   * Begins.
   *
   * @param name of the array
   * @param array takes it out of a chunk
   * @param out shape (total, rows, columns)
   */
  KnotArrayReceiver(
      String name,
      Function<LinearizeResponse, Tensor> array,
      double[] out,
      int total,
      int rows,
      int columns) {
    this.name = name;
    this.array = array;
    this.out = out;
    this.total = total;
    this.rows = rows;
    this.columns = columns;
  }

  @Override
  public void accept(LinearizeResponse chunk) {
    int n = chunk.getStatusesCount();
    LinearizeReceiver.requireNext(chunk, knots, total);
    Tensors.read(array.apply(chunk), name, out, knots * rows * columns, n, rows, columns);
    knots += n;
  }

  @Override
  public void finish() {
    JacobiansReceiver.requireAll(knots, total);
  }
}
