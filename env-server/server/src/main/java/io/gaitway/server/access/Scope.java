package io.gaitway.server.access;

/** What a token allows. */
public enum Scope {
  /** The catalog, dynamics and sessions. */
  SIMULATE,
  /** Making and controlling evaluations. */
  EVALUATE,
  /** Adding models. */
  MODELS,
  /** Reading lists, scores and usage, and nothing else. */
  WATCH,
  /** Everything, also of others. */
  ADMIN
}
