package io.gaitway.server.dynamics;

import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.LinearGaussianController;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.sim.random.CounterGaussian;

/** The controllers that a request can send. Formulas and orders of summation are the contract's. */
final class ControlLaws {
  private static final double GAUSSIAN_NANOS = 60;

  private ControlLaws() {}

  /**
   * Reads a controller.
   *
   * @param field path of the controller in the request
   * @param T steps that it must serve
   */
  static ControlLaw read(String field, Controller controller, Model model, int T) {
    return switch (controller.getKindCase()) {
      case LINEAR_GAUSSIAN ->
          linearGaussian(field + ".linear_gaussian", controller.getLinearGaussian(), model, T);
      case MLP -> Network.read(field + ".mlp", controller.getMlp(), model);
      case OPEN_LOOP ->
          new OpenLoop(
              model.nu,
              Codec.doublesAtLeast(
                  field + ".open_loop.actions",
                  controller.getOpenLoop().getActions(),
                  T,
                  model.nu));
      case KIND_NOT_SET -> throw Errors.missing(field + ".kind");
    };
  }

  private static ControlLaw linearGaussian(
      String field, LinearGaussianController in, Model model, int T) {
    int nx = model.nx;
    int nu = model.nu;
    return new LinearGaussian(
        nx,
        nu,
        Codec.doublesAtLeast(field + ".reference_states", in.getReferenceStates(), T, nx),
        Codec.doublesAtLeast(field + ".reference_actions", in.getReferenceActions(), T, nu),
        Codec.doublesAtLeast(field + ".feedforward", in.getFeedforward(), T, nu),
        Codec.doublesAtLeast(field + ".feedback", in.getFeedback(), T, nu, nx),
        in.hasNoiseCholesky()
            ? Codec.doublesAtLeast(field + ".noise_cholesky", in.getNoiseCholesky(), T, nu, nu)
            : new double[0]);
  }

  private record OpenLoop(int nu, double[] us) implements ControlLaw {
    @Override
    public int scratch() {
      return 0;
    }

    @Override
    public double nanos() {
      return nu;
    }

    @Override
    public boolean noisy() {
      return false;
    }

    @Override
    public void act(
        int t,
        double[] xs,
        int xAt,
        double stepSize,
        boolean withNoise,
        CounterGaussian noise,
        double[] scratch,
        double[] u) {
      System.arraycopy(us, t * nu, u, 0, nu);
    }
  }

  private record LinearGaussian(
      int nx,
      int nu,
      double[] referenceXs,
      double[] referenceUs,
      double[] k,
      double[] K,
      double[] L)
      implements ControlLaw {
    @Override
    public int scratch() {
      return nx + nu;
    }

    @Override
    public double nanos() {
      return nu * (2.0 * nx + (noisy() ? GAUSSIAN_NANOS + nu : 0));
    }

    @Override
    public boolean noisy() {
      return L.length > 0;
    }

    @Override
    public void act(
        int t,
        double[] xs,
        int xAt,
        double stepSize,
        boolean withNoise,
        CounterGaussian noise,
        double[] scratch,
        double[] u) {
      for (int j = 0; j < nx; j++) {
        scratch[j] = xs[xAt + j] - referenceXs[t * nx + j];
      }
      if (withNoise) {
        for (int j = 0; j < nu; j++) {
          scratch[nx + j] = noise.next();
        }
      }
      for (int i = 0; i < nu; i++) {
        double sum = referenceUs[t * nu + i] + stepSize * k[t * nu + i];
        int row = (t * nu + i) * nx;
        for (int j = 0; j < nx; j++) {
          sum += K[row + j] * scratch[j];
        }
        if (withNoise) {
          for (int j = 0; j <= i; j++) {
            sum += L[(t * nu + i) * nu + j] * scratch[nx + j];
          }
        }
        u[i] = sum;
      }
    }
  }
}
