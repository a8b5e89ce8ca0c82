/**
 * What a server has computed for an account, as it counted it; the same for all clients. Work is counted when it is done:
 * a rollout that falls after 120 steps counts 120, and a call that is repeated after the connection broke counts again.
 */
export interface Usage {
  /** Rollouts run, however they ended. */
  readonly rollouts: number;
  /** Control steps that rollouts completed. */
  readonly rolloutSteps: number;
  /** Control steps of single environments that sessions completed. */
  readonly sessionSteps: number;
  /** Knots whose next state and cost were asked for. */
  readonly evaluatedKnots: number;
  /** Knots whose derivatives were asked for; terminal ones are not counted. */
  readonly linearizedKnots: number;
  /** Processor time that the server spent on all this, s; the only one that differs when the same is done again. */
  readonly workerSeconds: number;
}
