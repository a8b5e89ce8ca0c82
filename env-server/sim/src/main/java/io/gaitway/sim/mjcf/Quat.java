package io.gaitway.sim.mjcf;

/** A rotation as a unit quaternion, the scalar first. */
record Quat(double w, double x, double y, double z) {
  static final Quat UNIT = new Quat(1, 0, 0, 0);

  /** A rotation about a unit axis by an angle, rad. */
  static Quat of(Vec3 axis, double angle) {
    double sin = StrictMath.sin(angle / 2);
    return new Quat(StrictMath.cos(angle / 2), sin * axis.x(), sin * axis.y(), sin * axis.z());
  }

  /** The shortest rotation that takes z to a unit vector. */
  static Quat ofZ(Vec3 to) {
    Vec3 axis = Vec3.Z.cross(to);
    double sin = axis.norm();
    double angle = StrictMath.atan2(sin, to.z());
    return of(sin < 1e-10 ? Vec3.X : axis.times(1 / sin), angle);
  }

  /** The rotation that takes x, y and z to three unit vectors that are normal to each other. */
  static Quat ofAxes(Vec3 x, Vec3 y, Vec3 z) {
    double w = 1 + x.x() + y.y() + z.z();
    double a = 1 + x.x() - y.y() - z.z();
    double b = 1 - x.x() + y.y() - z.z();
    double c = 1 - x.x() - y.y() + z.z();
    double most = Math.max(Math.max(w, a), Math.max(b, c));
    Quat q;
    if (w == most) {
      q = new Quat(w, y.z() - z.y(), z.x() - x.z(), x.y() - y.x());
    } else if (a == most) {
      q = new Quat(y.z() - z.y(), a, y.x() + x.y(), z.x() + x.z());
    } else if (b == most) {
      q = new Quat(z.x() - x.z(), y.x() + x.y(), b, z.y() + y.z());
    } else {
      q = new Quat(x.y() - y.x(), z.x() + x.z(), z.y() + y.z(), c);
    }
    return q.unit();
  }

  /** The rotation of four numbers that need not have length 1; none of them if they are all 0. */
  Quat unit() {
    double norm = Math.sqrt(w * w + x * x + y * y + z * z);
    return norm < Limits.TINY ? UNIT : new Quat(w / norm, x / norm, y / norm, z / norm);
  }

  /** This rotation after another. */
  Quat times(Quat o) {
    return new Quat(
        w * o.w - x * o.x - y * o.y - z * o.z,
        w * o.x + x * o.w + y * o.z - z * o.y,
        w * o.y - x * o.z + y * o.w + z * o.x,
        w * o.z + x * o.y - y * o.x + z * o.w);
  }

  /** A vector, rotated. */
  Vec3 rotate(Vec3 v) {
    Vec3 u = new Vec3(x, y, z);
    Vec3 t = u.cross(v).plus(v.times(w));
    return v.plus(u.cross(t).times(2));
  }

  /** A vector, rotated back. */
  Vec3 rotateBack(Vec3 v) {
    return new Quat(w, -x, -y, -z).rotate(v);
  }
}
