package io.gaitway.sim.symbolic;

/** What a node of an expression graph computes. */
enum Op {
  CONSTANT(0),
  INPUT(0),
  /** An expression that differentiation treats as an independent variable. */
  VARIABLE(1),
  NEGATE(1),
  ABS(1),
  /** −1, 0 or 1; a zero keeps its sign bit. */
  SIGN(1),
  SQRT(1),
  SIN(1),
  COS(1),
  /** log(1 + exp a). */
  SOFTPLUS(1),
  /** 1 / (1 + exp −a), the derivative of SOFTPLUS. */
  LOGISTIC(1),
  ADD(2),
  SUBTRACT(2),
  MULTIPLY(2),
  DIVIDE(2);

  final int arity;

  Op(int arity) {
    this.arity = arity;
  }

  /** The value at operands {@code a}, {@code b} (those that the operation has). */
  double apply(double a, double b) {
    return switch (this) {
      case CONSTANT, INPUT -> throw new IllegalStateException(this + " has no operands");
      case VARIABLE -> a;
      case NEGATE -> -a;
      case ABS -> Math.abs(a);
      case SIGN -> Math.copySign(a == 0 ? 0.0 : 1.0, a);
      case SQRT -> Math.sqrt(a);
      case SIN -> Elementary.sin(a);
      case COS -> Elementary.cos(a);
      case SOFTPLUS -> Elementary.softplus(a);
      case LOGISTIC -> Elementary.logistic(a);
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> a / b;
    };
  }
}
