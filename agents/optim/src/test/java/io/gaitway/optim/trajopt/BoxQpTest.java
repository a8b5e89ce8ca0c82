package io.gaitway.optim.trajopt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoxQpTest {
  private static final int FREE = 0;
  private static final int LOWER = 1;

  private record Problem(DMatrixRMaj H, DMatrixRMaj g, DMatrixRMaj lower, DMatrixRMaj upper) {
    /**
     * Minima near and far; boxes of random width, some of them a point wide or without the origin.
     */
    static Problem random(Random random, int n) {
      DMatrixRMaj g = new DMatrixRMaj(n, 1);
      DMatrixRMaj lower = new DMatrixRMaj(n, 1);
      DMatrixRMaj upper = new DMatrixRMaj(n, 1);
      RandomLq.fill(random, g.data, random.nextBoolean() ? 0.1 : 2);
      for (int i = 0; i < n; i++) {
        lower.data[i] = 0.3 * random.nextGaussian() - 1;
        double width = 2 * Math.abs(random.nextGaussian());
        upper.data[i] = lower.data[i] + (random.nextInt(10) == 0 ? 0 : width);
      }
      DMatrixRMaj H = DMatrixRMaj.wrap(n, n, RandomLq.positiveDefinite(random, n));
      return new Problem(H, g, lower, upper);
    }

    double cost(DMatrixRMaj x) {
      DMatrixRMaj Hx = CommonOps_DDRM.mult(H, x, null);
      return 0.5 * CommonOps_DDRM.dot(x, Hx) + CommonOps_DDRM.dot(g, x);
    }

    boolean contains(DMatrixRMaj x) {
      for (int i = 0; i < x.numRows; i++) {
        if (!(x.data[i] >= lower.data[i] && x.data[i] <= upper.data[i])) {
          return false;
        }
      }
      return true;
    }

    /** The cheapest of the minima with every entry free, at its lower or at its upper bound. */
    DMatrixRMaj byEnumeration() {
      int n = g.numRows;
      DMatrixRMaj best = lower.copy();
      for (int code = 0; code < Math.pow(3, n); code++) {
        DMatrixRMaj x = stationary(code);
        if (contains(x) && cost(x) < cost(best)) {
          best = x;
        }
      }
      return best;
    }

    /** The stationary point with the entries held that the code's ternary digits say. */
    private DMatrixRMaj stationary(int code) {
      int n = g.numRows;
      DMatrixRMaj A = H.copy();
      DMatrixRMaj b = g.copy();
      CommonOps_DDRM.changeSign(b);
      int digits = code;
      for (int i = 0; i < n; i++) {
        int digit = digits % 3;
        digits /= 3;
        if (digit != FREE) {
          for (int j = 0; j < n; j++) {
            A.set(i, j, i == j ? 1 : 0);
          }
          b.data[i] = digit == LOWER ? lower.data[i] : upper.data[i];
        }
      }
      DMatrixRMaj x = new DMatrixRMaj(n, 1);
      assertTrue(CommonOps_DDRM.solve(A, b, x));
      digits = code;
      for (int i = 0; i < n; i++) {
        x.data[i] = digits % 3 == FREE ? x.data[i] : b.data[i];
        digits /= 3;
      }
      return x;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void agreesWithEnumeration(int n) {
    Random random = new Random(n);
    BoxQp qp = new BoxQp(n);
    int[] counts = new int[n + 1];
    for (int trial = 0; trial < 200; trial++) {
      Problem p = Problem.random(random, n);
      DMatrixRMaj x = new DMatrixRMaj(n, 1);
      RandomLq.fill(random, x.data, 2);
      assertTrue(qp.solve(p.H, p.g, p.lower, p.upper, x));
      assertTrue(p.contains(x));
      DMatrixRMaj expected = p.byEnumeration();
      int clamped = 0;
      for (int i = 0; i < n; i++) {
        assertEquals(expected.data[i], x.data[i], 1e-10);
        clamped += qp.clamped(i) ? 1 : 0;
      }
      counts[clamped]++;
    }
    for (int clamped = 0; clamped <= n; clamped++) {
      assertTrue(counts[clamped] > 0, "no problem with so many clamped entries: " + clamped);
    }
  }

  /** How the free entries answer to a change of g, by differences of solutions. */
  @Test
  void solvesForTheFreeEntriesAlone() {
    Random random = new Random(7);
    BoxQp qp = new BoxQp(4);
    for (int trial = 0; trial < 50; trial++) {
      Problem p = Problem.random(random, 4);
      DMatrixRMaj dg = new DMatrixRMaj(4, 1);
      RandomLq.fill(random, dg.data, 1e-6);
      DMatrixRMaj x = new DMatrixRMaj(4, 1);
      assertTrue(qp.solve(p.H, p.g, p.lower, p.upper, x));
      DMatrixRMaj slope = new DMatrixRMaj(4, 1);
      qp.solveFree(dg.copy(), slope);
      DMatrixRMaj moved = x.copy();
      DMatrixRMaj g = CommonOps_DDRM.add(p.g, dg, null);
      assertTrue(new BoxQp(4).solve(p.H, g, p.lower, p.upper, moved));
      for (int i = 0; i < 4; i++) {
        assertEquals(x.data[i] - slope.data[i], moved.data[i], 1e-12);
        assertEquals(qp.clamped(i), slope.data[i] == 0);
      }
    }
  }

  @Test
  void beginsAnywhere() {
    Problem p = Problem.random(new Random(8), 5);
    DMatrixRMaj expected = p.byEnumeration();
    BoxQp qp = new BoxQp(5);
    for (double start : new double[] {0, 1e9, Double.NEGATIVE_INFINITY, Double.NaN}) {
      DMatrixRMaj x = new DMatrixRMaj(5, 1);
      CommonOps_DDRM.fill(x, start);
      assertTrue(qp.solve(p.H, p.g, p.lower, p.upper, x));
      for (int i = 0; i < 5; i++) {
        assertEquals(expected.data[i], x.data[i], 1e-10, "from " + start);
      }
    }
  }

  @Test
  void refusesWhatIsNotPositiveDefiniteOrFinite() {
    DMatrixRMaj one = new DMatrixRMaj(new double[][] {{1}});
    DMatrixRMaj minus = new DMatrixRMaj(new double[][] {{-1}});
    DMatrixRMaj undefined = new DMatrixRMaj(new double[][] {{Double.NaN}});
    BoxQp qp = new BoxQp(1);
    assertFalse(qp.solve(minus, new DMatrixRMaj(1, 1), minus, one, new DMatrixRMaj(1, 1)));
    assertFalse(qp.solve(one, undefined, minus, one, new DMatrixRMaj(1, 1)));
  }
}
