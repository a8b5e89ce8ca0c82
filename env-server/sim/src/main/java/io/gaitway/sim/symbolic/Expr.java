package io.gaitway.sim.symbolic;

import org.jspecify.annotations.Nullable;

/**
 * A real-valued expression: one node of a {@link Graph}. Nodes are interned, so that two
 * expressions of the same graph are equal exactly when they are the same object.
 */
public final class Expr {
  final Graph graph;
  final Op op;
  final @Nullable Expr a;
  final @Nullable Expr b;

  /** Value of a constant; index of an input; else unused. */
  final double value;

  /** Creation order: operands have smaller ids than the node that uses them. */
  final int id;

  Expr(Graph graph, Op op, @Nullable Expr a, @Nullable Expr b, double value, int id) {
    this.graph = graph;
    this.op = op;
    this.a = a;
    this.b = b;
    this.value = value;
    this.id = id;
  }

  Expr first() {
    if (a == null) {
      throw new IllegalStateException(op + " has no operand");
    }
    return a;
  }

  Expr second() {
    if (b == null) {
      throw new IllegalStateException(op + " has no second operand");
    }
    return b;
  }

  /** Whether this is the constant {@code c}. */
  boolean is(double c) {
    return op == Op.CONSTANT && value == c;
  }

  /** Whether this is the constant zero. */
  public boolean isZero() {
    return is(0);
  }

  /** Whether {@code other} occurs in this expression. */
  public boolean dependsOn(Expr other) {
    return this == other || graph.uses(this, other);
  }

  /** {@code this + other}. */
  public Expr plus(Expr other) {
    return graph.add(this, other);
  }

  /** {@code this − other}. */
  public Expr minus(Expr other) {
    return graph.subtract(this, other);
  }

  /** {@code this · other}. */
  public Expr times(Expr other) {
    return graph.multiply(this, other);
  }

  /** {@code this · factor}. */
  public Expr times(double factor) {
    return graph.multiply(this, graph.constant(factor));
  }

  /** {@code this + term}. */
  public Expr plus(double term) {
    return graph.add(this, graph.constant(term));
  }

  /** {@code this / other}. */
  public Expr over(Expr other) {
    return graph.divide(this, other);
  }

  /** {@code −this}. */
  public Expr negate() {
    return graph.negate(this);
  }

  /** {@code this²}. */
  public Expr square() {
    return graph.multiply(this, this);
  }

  /** |this|; its derivative at zero is taken as zero, the mean of those on either side. */
  public Expr abs() {
    return graph.unary(Op.ABS, this);
  }

  /** −1, 0 or 1, by the sign; its derivative is taken as zero. */
  public Expr sign() {
    return graph.unary(Op.SIGN, this);
  }

  /** Square root. */
  public Expr sqrt() {
    return graph.unary(Op.SQRT, this);
  }

  /** Sine, angle in rad. */
  public Expr sin() {
    return graph.unary(Op.SIN, this);
  }

  /** Cosine, angle in rad. */
  public Expr cos() {
    return graph.unary(Op.COS, this);
  }

  /** log(1 + exp(this)). */
  public Expr softplus() {
    return graph.unary(Op.SOFTPLUS, this);
  }

  /** 1 / (1 + exp(−this)). */
  public Expr logistic() {
    return graph.unary(Op.LOGISTIC, this);
  }

  /**
   * This where {@code condition} is positive, else exactly zero; its derivative is that of this, or
   * zero. A kernel computes what is needed for this alone only where the condition is positive.
   */
  public Expr where(Expr condition) {
    return graph.where(condition, this);
  }

  /** Positive exactly where this or {@code other} is: a condition for {@link #where}. */
  public Expr or(Expr other) {
    return graph.any(this, other);
  }

  /** The greater of this and zero. */
  public Expr positivePart() {
    return plus(abs()).times(0.5);
  }

  @Override
  public String toString() {
    return switch (op) {
      case CONSTANT -> Double.toString(value);
      case INPUT -> "in" + (int) value;
      default -> op + "#" + id;
    };
  }
}
