package io.gaitway.sim.symbolic;

/** What a node of an expression graph computes. */
enum Op {
  CONSTANT(0, 0),
  INPUT(0, 0),
  /** An expression that differentiation treats as an independent variable. */
  VARIABLE(1, 0),
  NEGATE(1, 0),
  ABS(1, 1),
  /** −1, 0 or 1; a zero keeps its sign bit. */
  SIGN(1, 4),
  /** The operand where it is positive, else 0. */
  POSITIVE(1, 1),
  SQRT(1, 10),
  SIN(1, 20),
  COS(1, 20),
  /** log(1 + exp a). */
  SOFTPLUS(1, 60),
  /** 1 / (1 + exp −a), the derivative of SOFTPLUS. */
  LOGISTIC(1, 40),
  ADD(2, 1),
  SUBTRACT(2, 1),
  MULTIPLY(2, 1),
  DIVIDE(2, 5),
  /** The second operand where the first is positive, else zero. */
  WHERE(2, 1);

  final int arity;

  /** How many additions take about as long. */
  final int operations;

  Op(int arity, int operations) {
    this.arity = arity;
    this.operations = operations;
  }

  /** The value at operands {@code a}, {@code b} (those that the operation has). */
  double apply(double a, double b) {
    return switch (this) {
      case CONSTANT, INPUT -> throw new IllegalStateException(this + " has no operands");
      case VARIABLE -> a;
      case NEGATE -> -a;
      case ABS -> Math.abs(a);
      case SIGN -> Math.copySign(a == 0 ? 0.0 : 1.0, a);
      case POSITIVE -> Elementary.positive(a);
      case SQRT -> Math.sqrt(a);
      case SIN -> Elementary.sin(a);
      case COS -> Elementary.cos(a);
      case SOFTPLUS -> Elementary.softplus(a);
      case LOGISTIC -> Elementary.logistic(a);
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> a / b;
      case WHERE -> a > 0 ? b : 0;
    };
  }
}
