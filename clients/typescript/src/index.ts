export type { CallOptions } from "./calls.js";
export {
  type Client,
  type ConnectOptions,
  connect,
  type DerivativeCheck,
  type DerivativeEntry,
} from "./client.js";
export type { ChannelOptions } from "./connection.js";
export type {
  ActivationName,
  Controller,
  Layer,
  LinearGaussian,
  Mlp,
  OpenLoop,
  Scaling,
  Squashing,
} from "./controllers.js";
export type {
  ActionEntry,
  ContactPoint,
  CostTerm,
  Determinism,
  EnvironmentInfo,
  FirstGuess,
  Goal,
  Limits,
  LinkGeometry,
  Parameter,
  Parameters,
  Penalty,
  ServerInfo,
  Shape,
  StateEntry,
} from "./environment.js";
export {
  CancelledError,
  DeadlineExceededError,
  DivergedError,
  FailedPreconditionError,
  type Fault,
  GaitwayError,
  InvalidArgumentError,
  NotFoundError,
  PermissionDeniedError,
  ResourceExhaustedError,
  SessionExpiredError,
  StepOutOfOrderError,
  StepTimeoutError,
  UnauthenticatedError,
  UnavailableError,
  UnimplementedError,
} from "./errors.js";
export {
  type Act,
  type ControllerFault,
  type ControlOptions,
  type EpisodeOutcome,
  type EpisodeResult,
  type Evaluation,
  type EvaluationOptions,
  type Evaluations,
  evaluate,
  type Round,
  type Score,
  type Suite,
} from "./evaluations.js";
export { Policy } from "./policy.js";
export { type AddedEnvironment, type RobotFiles, readRobot, type TextFile } from "./robots.js";
export { type Session, type SessionOptions, Snapshot } from "./session.js";
export type {
  Autoreset,
  Bounds,
  Episodes,
  NewEpisode,
  Reset,
  StepResult,
} from "./session-codec.js";
export {
  type DynamicsOptions,
  type Expansion,
  type Jacobians,
  type KnotOutcome,
  type KnotValues,
  type LinearizeOptions,
  type Rollout,
  type RolloutOutcome,
  type RolloutRequest,
  type Simulator,
  type Trajectory,
  trajectoryDigest,
} from "./simulator.js";
export type { StepStream } from "./step-stream.js";
export type { Flags, Numbers } from "./tensors.js";
export type { Usage } from "./usage.js";
export { version } from "./version.js";
