package io.gaitway.agents.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Documents one component of a settings record and states its range. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {

  /** What it does, one sentence for people. */
  String value();

  /** Least value allowed. */
  double min() default Double.NEGATIVE_INFINITY;

  /** Values must be greater than this. */
  double above() default Double.NEGATIVE_INFINITY;

  /** Greatest value allowed. */
  double max() default Double.POSITIVE_INFINITY;

  /** SI unit; empty for counts and ratios. */
  String unit() default "";
}
