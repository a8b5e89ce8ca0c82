package io.gaitway.sim.mjcf;

/** Shapes of geoms, with volume and inertia as MuJoCo computes them. */
enum GeomType {
  /** Half a space. */
  PLANE(0) {
    @Override
    double volume(double[] size, boolean shell) {
      return 0;
    }

    @Override
    double[] moments(double[] s, boolean shell) {
      return new double[3];
    }
  },

  /** Radius. */
  SPHERE(1) {
    @Override
    double volume(double[] s, boolean shell) {
      double rr = s[0] * s[0];
      return shell ? 4 * Math.PI * rr : 4 * Math.PI * rr * s[0] / 3;
    }

    @Override
    double[] moments(double[] s, boolean shell) {
      double each = 2 * s[0] * s[0] / (shell ? 3 : 5);
      return new double[] {each, each, each};
    }
  },

  /** Radius, half of the axis' length. */
  CAPSULE(2) {
    @Override
    double volume(double[] s, boolean shell) {
      double r = s[0];
      double height = 2 * s[1];
      return shell
          ? 4 * Math.PI * r * r + 2 * Math.PI * r * height
          : Math.PI * (r * r * height + 4 * r * r * r / 3);
    }

    @Override
    double[] moments(double[] s, boolean shell) {
      double r = s[0];
      double height = 2 * s[1];
      if (shell) {
        double caps = 4 * Math.PI * r * r / volume(s, true);
        double tube = 1 - caps;
        double centre = r / 2;
        double out = s[1] + centre;
        double ball = 2 * caps * r * r / 3;
        double across =
            tube * (6 * r * r + height * height) / 12 + ball + caps * (out * out - centre * centre);
        return new double[] {across, across, tube * r * r + ball};
      }
      double caps = 4 * r / (4 * r + 3 * height);
      double tube = 1 - caps;
      double ball = 2 * caps * r * r / 5;
      double across =
          tube * (3 * r * r + height * height) / 12
              + ball
              + caps * height * (3 * r + 2 * height) / 8;
      return new double[] {across, across, tube * r * r / 2 + ball};
    }
  },

  /** Radius, half of the length. */
  CYLINDER(2) {
    @Override
    double volume(double[] s, boolean shell) {
      double r = s[0];
      double height = 2 * s[1];
      return shell ? 2 * Math.PI * r * r + 2 * Math.PI * r * height : Math.PI * r * r * height;
    }

    @Override
    double[] moments(double[] s, boolean shell) {
      double rr = s[0] * s[0];
      double hh = 4 * s[1] * s[1];
      if (shell) {
        double lid = Math.PI * rr / volume(s, true);
        double tube = 1 - 2 * lid;
        double across = tube * (6 * rr + hh) / 12 + 2 * lid * (rr / 4 + s[1] * s[1]);
        return new double[] {across, across, tube * rr + lid * rr};
      }
      double across = (3 * rr + hh) / 12;
      return new double[] {across, across, rr / 2};
    }
  },

  /** Three half axes. */
  ELLIPSOID(3) {
    @Override
    double volume(double[] s, boolean shell) {
      if (shell) {
        double p = 1.6075; // Thomsen's approximation of the surface
        double sum =
            StrictMath.pow(s[0] * s[1], p)
                + StrictMath.pow(s[1] * s[2], p)
                + StrictMath.pow(s[2] * s[0], p);
        return 4 * Math.PI * StrictMath.pow(sum / 3, 1 / p);
      }
      return 4 * Math.PI * s[0] * s[1] * s[2] / 3;
    }

    @Override
    double[] moments(double[] s, boolean shell) {
      return shell ? shellMoments(s) : sums(s, 1.0 / 5);
    }

    /** A thin shell is the difference of two ellipsoids. */
    private double[] shellMoments(double[] s) {
      double thin = 1e-6;
      double[] outer = {s[0] + thin, s[1] + thin, s[2] + thin};
      double inside = volume(s, false);
      double outside = volume(outer, false);
      double[] less = sums(s, inside / (outside - inside) / 5);
      double[] result = sums(outer, outside / (outside - inside) / 5);
      for (int i = 0; i < 3; i++) {
        result[i] -= less[i];
      }
      return result;
    }
  },

  /** Three half sides. */
  BOX(3) {
    @Override
    double volume(double[] s, boolean shell) {
      return 8 * (shell ? s[0] * s[1] + s[1] * s[2] + s[2] * s[0] : s[0] * s[1] * s[2]);
    }

    @Override
    double[] moments(double[] s, boolean shell) {
      if (!shell) {
        return sums(s, 1.0 / 3);
      }
      double whole = 2 * (s[0] * s[1] + s[1] * s[2] + s[2] * s[0]);
      double[] result = new double[3];
      for (int n = 0; n < 3; n++) { // the two sides normal to axis n
        int a = (n + 1) % 3;
        int b = (n + 2) % 3;
        double sides = 2 * s[a] * s[b] / whole;
        result[n] += sides * (s[a] * s[a] + s[b] * s[b]) / 3;
        result[a] += sides * (s[b] * s[b] / 3 + s[n] * s[n]);
        result[b] += sides * (s[a] * s[a] / 3 + s[n] * s[n]);
      }
      return result;
    }
  };

  /** How many sizes the shape has. */
  final int sizes;

  GeomType(int sizes) {
    this.sizes = sizes;
  }

  /** Volume, m³, or surface, m². */
  abstract double volume(double[] size, boolean shell);

  /** Principal moments per mass in the geom's frame, m². */
  abstract double[] moments(double[] size, boolean shell);

  private static double[] sums(double[] s, double factor) {
    double a = s[0] * s[0];
    double b = s[1] * s[1];
    double c = s[2] * s[2];
    return new double[] {factor * (b + c), factor * (a + c), factor * (a + b)};
  }
}
