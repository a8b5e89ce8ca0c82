package io.gaitway.agents.guidance;

import io.gaitway.optim.policy.GaussianMlp;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Policies that are linear to the last bits: far from zero the softplus is the identity. */
public final class LinearPolicies {
  /** Where log(1 + exp z) is z. */
  private static final double FAR = 60;

  private LinearPolicies() {}

  /** π(u | x) = N(G x + g, diag(std²)) with G of shape (nu, nx). */
  public static GaussianMlp of(int nx, double[] G, double[] g, double[] std) {
    double[] W1 = new double[nx * nx];
    double[] b1 = new double[nx];
    Arrays.fill(b1, FAR);
    double[] b2 = g.clone();
    for (int j = 0; j < nx; j++) {
      W1[j * nx + j] = 1;
      for (int i = 0; i < g.length; i++) {
        b2[i] -= FAR * G[i * nx + j];
      }
    }
    return new GaussianMlp(
        nx, IntStream.range(0, nx).boxed().toList(), W1, b1, G.clone(), b2, std.clone());
  }

  /** A random one, with deviations around {@code std}. */
  public static GaussianMlp random(RandomGenerator random, int nx, int nu, double std) {
    return of(
        nx,
        random.doubles((long) nu * nx, -0.5, 0.5).toArray(),
        random.doubles(nu, -0.5, 0.5).toArray(),
        random.doubles(nu, 0.8 * std, 1.2 * std).toArray());
  }
}
