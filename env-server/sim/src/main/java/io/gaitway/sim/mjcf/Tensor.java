package io.gaitway.sim.mjcf;

/** A tensor of inertia, kg m². */
record Tensor(double xx, double yy, double zz, double xy, double xz, double yz) {
  static final Tensor ZERO = new Tensor(0, 0, 0, 0, 0, 0);

  private static final int SWEEPS = 50;

  /** The tensor of principal moments in the axes of a frame. */
  static Tensor of(double[] moments, Quat frame) {
    Vec3 a = frame.rotate(Vec3.X);
    Vec3 b = frame.rotate(Vec3.Y);
    Vec3 c = frame.rotate(Vec3.Z);
    return square(a)
        .times(moments[0])
        .plus(square(b).times(moments[1]))
        .plus(square(c).times(moments[2]));
  }

  private static Tensor square(Vec3 a) {
    return new Tensor(
        a.x() * a.x(), a.y() * a.y(), a.z() * a.z(), a.x() * a.y(), a.x() * a.z(), a.y() * a.z());
  }

  /** The tensor of a mass in a point, about the origin. */
  static Tensor ofPoint(double mass, Vec3 at) {
    double r = at.dot(at);
    return new Tensor(r, r, r, 0, 0, 0).plus(square(at).times(-1)).times(mass);
  }

  Tensor plus(Tensor o) {
    return new Tensor(xx + o.xx, yy + o.yy, zz + o.zz, xy + o.xy, xz + o.xz, yz + o.yz);
  }

  Tensor times(double factor) {
    return new Tensor(xx * factor, yy * factor, zz * factor, xy * factor, xz * factor, yz * factor);
  }

  /** The product with a vector. */
  Vec3 times(Vec3 v) {
    return new Vec3(
        xx * v.x() + xy * v.y() + xz * v.z(),
        xy * v.x() + yy * v.y() + yz * v.z(),
        xz * v.x() + yz * v.y() + zz * v.z());
  }

  /** The same inertia in the axes that this tensor's frame is rotated in. */
  Tensor in(Quat frame) {
    Vec3 a = times(frame.rotateBack(Vec3.X));
    Vec3 b = times(frame.rotateBack(Vec3.Y));
    Vec3 c = times(frame.rotateBack(Vec3.Z));
    Vec3 x = frame.rotate(a);
    Vec3 y = frame.rotate(b);
    Vec3 z = frame.rotate(c);
    return new Tensor(
        x.x(), y.y(), z.z(), (x.y() + y.x()) / 2, (x.z() + z.x()) / 2, (y.z() + z.y()) / 2);
  }

  /** About an axis through the origin. */
  double about(Vec3 axis) {
    return axis.dot(times(axis));
  }

  /**
   * Principal moments, and the axes that they belong to.
   *
   * @param moments three, in no order
   * @param axes takes x, y and z to the axes of the moments
   */
  record Principal(double[] moments, Quat axes) {}

  /** Principal moments and axes, by rotations that make one entry after the other 0 (Jacobi). */
  Principal principal() {
    Quat axes = Quat.UNIT;
    Tensor d = this;
    double least = 1e-16 * (Math.abs(xx) + Math.abs(yy) + Math.abs(zz));
    for (int i = 0; i < SWEEPS; i++) {
      double a = Math.abs(d.xy);
      double b = Math.abs(d.xz);
      double c = Math.abs(d.yz);
      if (Math.max(a, Math.max(b, c)) <= least) {
        break;
      }
      Quat turn;
      if (a >= b && a >= c) {
        turn = Quat.of(Vec3.Z, StrictMath.atan2(2 * d.xy, d.xx - d.yy) / 2);
      } else if (b >= c) {
        turn = Quat.of(Vec3.Y, -StrictMath.atan2(2 * d.xz, d.xx - d.zz) / 2);
      } else {
        turn = Quat.of(Vec3.X, StrictMath.atan2(2 * d.yz, d.yy - d.zz) / 2);
      }
      axes = axes.times(turn).unit();
      Quat back = new Quat(axes.w(), -axes.x(), -axes.y(), -axes.z());
      d = in(back);
    }
    return new Principal(new double[] {d.xx, d.yy, d.zz}, axes);
  }
}
