package io.gaitway.client.simulation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntFunction;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.MatrixFeatures_DDRM;
import org.junit.jupiter.api.Test;

/** The flat arrays of the facade as matrices of EJML. */
class MatricesTest {
  private static final int T = 3;
  private static final int NX = 4;
  private static final int NU = 2;

  private final Random random = new Random(1);

  private double[] filled(double[] array) {
    Arrays.setAll(array, i -> random.nextGaussian());
    return array;
  }

  /** Checks every entry of every block, and that there is none before or behind them. */
  private static void assertBlocks(
      double[] array, int blocks, int rows, int columns, IntFunction<DMatrixRMaj> matrix) {
    assertEquals(array.length, blocks * rows * columns);
    for (int t = 0; t < blocks; t++) {
      DMatrixRMaj block = matrix.apply(t);
      assertEquals(rows, block.numRows);
      assertEquals(columns, block.numCols);
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          assertEquals(array[(t * rows + i) * columns + j], block.get(i, j));
        }
      }
    }
    for (int t : new int[] {-1, blocks, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      IllegalArgumentException fault =
          assertThrows(IllegalArgumentException.class, () -> matrix.apply(t));
      assertEquals("t must be between 0 and " + (blocks - 1) + ", but is " + t, fault.getMessage());
    }
  }

  @Test
  void anExpansionIsReadKnotByKnot() {
    Expansion e = new Expansion(T, NX, NU);
    for (double[] array : new double[][] {e.fx, e.fu, e.lx, e.lu, e.lxx, e.lux, e.luu}) {
      filled(array);
    }
    assertBlocks(e.fx, T, NX, NX, e::fx);
    assertBlocks(e.fu, T, NX, NU, e::fu);
    assertBlocks(e.lx, T + 1, NX, 1, e::lx);
    assertBlocks(e.lu, T, NU, 1, e::lu);
    assertBlocks(e.lxx, T + 1, NX, NX, e::lxx);
    assertBlocks(e.lux, T, NU, NX, e::lux);
    assertBlocks(e.luu, T, NU, NU, e::luu);
    DMatrixRMaj out = new DMatrixRMaj(1, 1);
    assertBlocks(e.fx, T, NX, NX, t -> e.fx(t, out));
    assertBlocks(e.fu, T, NX, NU, t -> e.fu(t, out));
    assertBlocks(e.lx, T + 1, NX, 1, t -> e.lx(t, out));
    assertBlocks(e.lu, T, NU, 1, t -> e.lu(t, out));
    assertBlocks(e.lxx, T + 1, NX, NX, t -> e.lxx(t, out));
    assertBlocks(e.lux, T, NU, NX, t -> e.lux(t, out));
    assertBlocks(e.luu, T, NU, NU, t -> e.luu(t, out));
  }

  @Test
  void aMatrixIsACopyAndAGivenOneIsReused() {
    Expansion e = new Expansion(T, NX, NU);
    filled(e.fx);
    double[] before = e.fx.clone();
    DMatrixRMaj copy = e.fx(1);
    copy.zero();
    assertArrayEquals(before, e.fx);
    DMatrixRMaj out = new DMatrixRMaj(NX, NX);
    double[] storage = out.data;
    assertSame(out, e.fx(2, out));
    assertSame(storage, out.data);
  }

  @Test
  void aTrajectoryIsReadStepByStep() {
    Trajectory trajectory = new Trajectory(T, NX, NU);
    filled(trajectory.xs);
    filled(trajectory.us);
    assertBlocks(trajectory.xs, T + 1, NX, 1, trajectory::x);
    assertBlocks(trajectory.us, T, NU, 1, trajectory::u);
  }

  private Controller.LinearGaussian controller(double[] L) {
    return new Controller.LinearGaussian(
        T,
        filled(new double[(T + 1) * NX]),
        filled(new double[T * NU]),
        filled(new double[T * NU]),
        filled(new double[T * NU * NX]),
        L);
  }

  @Test
  void gainsAreReadStepByStep() {
    Controller.LinearGaussian controller = controller(new double[0]);
    assertEquals(NU, controller.nu());
    assertEquals(NX, controller.nx());
    assertBlocks(controller.k(), T, NU, 1, controller::k);
    assertBlocks(controller.K(), T, NU, NX, controller::K);
    assertBlocks(new double[T * NU * NU], T, NU, NU, controller::covariance);
  }

  @Test
  void aCovarianceIsThatOfItsFactor() {
    double[] L = filled(new double[T * NU * NU]);
    Controller.LinearGaussian controller = controller(L);
    for (int t = 0; t < T; t++) {
      DMatrixRMaj factor = new DMatrixRMaj(NU, NU);
      for (int i = 0; i < NU; i++) {
        for (int j = 0; j <= i; j++) {
          factor.set(i, j, L[(t * NU + i) * NU + j]);
        }
      }
      DMatrixRMaj expected = new DMatrixRMaj(NU, NU);
      CommonOps_DDRM.multTransB(factor, factor, expected);
      DMatrixRMaj sigma = controller.covariance(t);
      assertEquals(
          0, CommonOps_DDRM.elementMaxAbs(CommonOps_DDRM.subtract(sigma, expected, null)), 1e-15);
      assertEquals(true, MatrixFeatures_DDRM.isSymmetric(sigma, 0));
    }
    assertThrows(IllegalArgumentException.class, () -> controller.covariance(T));
  }

  @Test
  void arraysThatNoSizesFitAreNamed() {
    double[] none = new double[0];
    Controller.LinearGaussian ragged =
        new Controller.LinearGaussian(T, none, none, new double[T * NU + 1], none, none);
    IllegalArgumentException fault =
        assertThrows(IllegalArgumentException.class, () -> ragged.k(0));
    assertEquals("k has 7 entries, which 3 rows do not share evenly", fault.getMessage());
    Controller.LinearGaussian empty =
        new Controller.LinearGaussian(0, none, none, none, none, none);
    assertThrows(IllegalArgumentException.class, () -> empty.K(0));
  }
}
