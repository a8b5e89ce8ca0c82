package io.gaitway.sim.symbolic;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Decides identities between expressions by their values at random points, where inputs, and also
 * the functions of one argument, take random values of order one. Expressions that agree there
 * agree as rational functions of those, hence everywhere; at random inputs alone, a term that is
 * tiny nearly everywhere would go unseen. What holds under a condition is taken to hold.
 */
public final class GenericPoint {
  private static final int TRIALS = 3;
  private static final double TOLERANCE = 1e-10;

  private GenericPoint() {}

  /** Whether a[i] and b[i] are the same function for every i, up to round-off of the largest. */
  public static boolean agree(Expr[] a, Expr[] b) {
    SplittableRandom random = new SplittableRandom(a.length);
    for (int trial = 0; trial < TRIALS; trial++) {
      double[] values = values(a[0].graph, random);
      double scale = 0;
      double difference = 0;
      for (int i = 0; i < a.length; i++) {
        double x = values[a[i].id];
        double y = values[b[i].id];
        scale += Math.abs(x) + Math.abs(y);
        difference += Math.abs(x - y);
      }
      if (!(difference <= TOLERANCE * scale)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a square matrix is symmetric. */
  public static boolean isSymmetric(Expr[][] a) {
    int n = a.length;
    return agree(
        IntStream.range(0, n * n).mapToObj(e -> a[e / n][e % n]).toArray(Expr[]::new),
        IntStream.range(0, n * n).mapToObj(e -> a[e % n][e / n]).toArray(Expr[]::new));
  }

  private static double[] values(Graph graph, SplittableRandom random) {
    double[] values = new double[graph.size()];
    for (int id = 0; id < values.length; id++) {
      Expr node = graph.node(id);
      values[id] =
          switch (node.op) {
            case CONSTANT -> node.value;
            case VARIABLE, NEGATE -> node.op.apply(values[node.first().id], 0);
            case ADD, SUBTRACT, MULTIPLY, DIVIDE ->
                node.op.apply(values[node.first().id], values[node.second().id]);
            case WHERE -> values[node.second().id];
            default -> random.nextDouble(0.5, 1.5);
          };
    }
    return values;
  }
}
