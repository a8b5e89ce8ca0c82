import { createHash } from "node:crypto";
import type { CallOptions, Calls } from "./calls.js";
import { optionalCount, requireList, requireSeed, requireSeeds, requireWhole } from "./checks.js";
import { type Controller, encodeController } from "./controllers.js";
import type { EnvironmentInfo } from "./environment.js";
import { DivergedError, unusable } from "./errors.js";
import type { EnvironmentRef } from "./generated/gaitway/v1/catalog.js";
import {
  CostHessian,
  DynamicsServiceDefinition,
  KnotStatus,
  type LinearizeResponse,
  RolloutDetail,
  type RolloutPart,
  type RolloutResponse,
  RolloutStatus,
  type RolloutSummary,
  type TerminalKnot,
} from "./generated/gaitway/v1/dynamics.js";
import { method } from "./methods.js";
import {
  decodeFlags,
  decodeInto,
  decodeNumbers,
  encodeExactly,
  type Numbers,
  numbers,
  rows,
  wholeRows,
} from "./tensors.js";
import type { Usage } from "./usage.js";
import { Words } from "./words.js";

/** How the computation at a knot (x, u) went. */
export type KnotOutcome = "ok" | "clipped" | "diverged" | "non-finite-input";

/** How a rollout ended: after the whole horizon, at the task's failure condition, or because it left the finite numbers. */
export type RolloutOutcome = "completed" | "terminated" | "diverged";

/** Next states and costs of B knots. */
export interface KnotValues {
  /** f(x, u), shape (B, nx). */
  readonly nextStates: Float64Array;
  /** c(x, u), shape (B). */
  readonly costs: Float64Array;
  /** Whether the task's failure condition holds in the next state, 0 or 1, shape (B). */
  readonly terminated: Uint8Array;
  /** How each knot went; B of them. */
  readonly outcomes: readonly KnotOutcome[];
  /** The ground's forces, N, shape (B, contact points, 2): along x, then along y. Absent unless asked for. */
  readonly contactForces?: Float64Array;
}

/** States and actions along T control steps. */
export interface Trajectory {
  /** States, shape (T + 1, nx). */
  readonly xs: Numbers;
  /** Actions, shape (T, nu). */
  readonly us: Numbers;
}

/** First derivatives of the dynamics and second-order expansion of the cost along T control steps. */
export interface Expansion {
  /** Number of control steps. */
  readonly T: number;
  /** ∂f/∂x, shape (T, nx, nx). */
  readonly fx: Float64Array;
  /** ∂f/∂u, shape (T, nx, nu). */
  readonly fu: Float64Array;
  /** Costs, running then terminal, shape (T + 1). */
  readonly l: Float64Array;
  /** ∂c/∂x, terminal last, shape (T + 1, nx). */
  readonly lx: Float64Array;
  /** ∂c/∂u, shape (T, nu). */
  readonly lu: Float64Array;
  /** ∂²c/∂x², terminal last, shape (T + 1, nx, nx). */
  readonly lxx: Float64Array;
  /** ∂²c/∂u∂x, shape (T, nu, nx). */
  readonly lux: Float64Array;
  /** ∂²c/∂u², shape (T, nu, nu). */
  readonly luu: Float64Array;
  /** Next states f(x, u), shape (T, nx). */
  readonly nextStates: Float64Array;
  /** How each knot went, `ok` or `clipped`; T of them. */
  readonly outcomes: readonly KnotOutcome[];
}

/** First derivatives of the dynamics at n knots that need not follow from each other. */
export interface Jacobians {
  /** ∂f/∂x, shape (n, nx, nx). */
  readonly fx: Float64Array;
  /** ∂f/∂u, shape (n, nx, nu). */
  readonly fu: Float64Array;
  /** Next states f(x, u), shape (n, nx). */
  readonly nextStates: Float64Array;
  /** How each knot went, `ok` or `clipped`; n of them. */
  readonly outcomes: readonly KnotOutcome[];
  /** Σ_k `multipliers`_k ∂²f_k/∂(x, u)², shape (n, nx + nu, nx + nu), symmetric; only if that was asked for. */
  readonly curvature?: Float64Array;
  /** ∂f/∂p for the P `parameters`, the action as applied held, shape (n, nx, P); only if that was asked for. */
  readonly fp?: Float64Array;
}

/** What is wanted of the dynamics beside their first derivatives. */
export interface DynamicsOptions extends CallOptions {
  /**
   * Weights of the next state's entries, shape (n, nx), for second derivatives: with the gradient of the cost-to-go at
   * the next state, what Newton's method adds to those of the cost.
   */
  readonly multipliers?: Numbers;
  /**
   * Names of the environment's parameters to differentiate by, none of a whole number. The first call for a parameter
   * takes the server a second or so.
   */
  readonly parameters?: readonly string[];
}

/** Settings of a linearisation. */
export interface LinearizeOptions extends CallOptions {
  /** The cost's Hessian itself, or its Gauss–Newton part, which is positive semi-definite; `exact` unless set. */
  readonly hessian?: "exact" | "gauss-newton";
  /** Knots per message; the server chooses unless set. */
  readonly chunkKnots?: number;
}

/**
 * Rollouts to run in one call: every initial state × controller × noise seed × step size, in that nesting order (step
 * size fastest).
 */
export interface RolloutRequest {
  /** Number of control steps T. */
  readonly horizon: number;
  /** Initial states, shape (S, nx). */
  readonly initialStates: Numbers;
  /** At least one. */
  readonly controllers: readonly Controller[];
  /** Noise seeds; absent or empty for one rollout without noise. */
  readonly seeds?: readonly bigint[];
  /** Factors α on the feed-forward terms of linear-Gaussian controllers; absent or empty for 1. */
  readonly stepSizes?: readonly number[];
  /** Whether trajectories hold the actions as the controllers drew them instead of as applied. */
  readonly drawnActions?: boolean;
  /** Whether the server is to tell each rollout's digest. */
  readonly digests?: boolean;
  /** Whether only the outcome is wanted: states, actions and costs stay empty. */
  readonly summary?: boolean;
}

/** The result of one rollout, which completed n steps. */
export interface Rollout {
  /** States, shape (n + 1, nx). */
  readonly xs: Float64Array;
  /** Actions as applied, or as drawn if that was asked for; shape (n, nu). */
  readonly us: Float64Array;
  /**
   * Running costs, then the terminal cost of the last state plus the charge for every step that termination left out
   * (`terminationCost` and `terminationChargesActions`), +∞ if the rollout diverged; shape (n + 1).
   */
  readonly costs: Float64Array;
  /** n, the control steps completed. */
  readonly steps: number;
  /** How it ended. */
  readonly outcome: RolloutOutcome;
  /** Number of steps in which an action entry was clipped to its bounds. */
  readonly clipped: number;
  /** Sum of all costs; +∞ if it diverged. */
  readonly cost: number;
  /** SHA-256 (hex) of states, actions and costs, as the server computed it; absent unless asked for. */
  readonly digest?: string;
}

/**
 * SHA-256 (hex) over the bits of a trajectory's states, actions and costs, in this order, each as little-endian float64:
 * equal digests mean equal bits. It equals the digest that the server tells when asked for it.
 */
export function trajectoryDigest(rollout: Pick<Rollout, "xs" | "us" | "costs">): string {
  const hash = createHash("sha256");
  for (const array of [rollout.xs, rollout.us, rollout.costs]) {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest("hex");
}

const EVALUATE = method(DynamicsServiceDefinition, "evaluate");
const LINEARIZE = method(DynamicsServiceDefinition, "linearize");
const ROLLOUT = method(DynamicsServiceDefinition, "rollout");
const SAMPLE_INITIAL_STATES = method(DynamicsServiceDefinition, "sampleInitialStates");

const HESSIANS = new Words({
  exact: CostHessian.EXACT,
  "gauss-newton": CostHessian.GAUSS_NEWTON,
});

const KNOTS = new Words<KnotOutcome>({
  ok: KnotStatus.OK,
  clipped: KnotStatus.CLIPPED,
  diverged: KnotStatus.DIVERGED,
  "non-finite-input": KnotStatus.NON_FINITE_INPUT,
});

const ROLLOUTS = new Words<RolloutOutcome>({
  completed: RolloutStatus.COMPLETED,
  terminated: RolloutStatus.TERMINATED,
  diverged: RolloutStatus.DIVERGED,
});

/** One environment's dynamics as functions, free of sessions: what optimisers and policy search need. */
export class Simulator {
  /** What the environment is, with the parameters in force. */
  readonly environment: EnvironmentInfo;
  readonly #calls: Calls;
  readonly #ref: EnvironmentRef;

  /** @internal */
  constructor(calls: Calls, environment: EnvironmentInfo, ref: EnvironmentRef) {
    this.#calls = calls;
    this.environment = environment;
    this.#ref = ref;
  }

  /**
   * Next states and costs of B knots, which need not follow from each other.
   *
   * @param xs states, shape (B, nx)
   * @param us actions, shape (B, nu)
   */
  async evaluate(
    xs: Numbers,
    us: Numbers,
    options?: CallOptions & { readonly contactForces?: boolean },
  ): Promise<KnotValues> {
    const { nx, nu, contactPoints } = this.environment;
    const states = numbers(xs, "xs");
    const B = wholeRows(states, "xs", nx);
    const withContacts = options?.contactForces ?? false;
    const response = await this.#calls.unary(
      EVALUATE,
      {
        environment: this.#ref,
        states: encodeExactly(states, "xs", [B, nx]),
        actions: encodeExactly(us, "us", [B, nu]),
        withContacts,
      },
      { operation: "evaluate", steps: B, options },
    );
    if (response.statuses.length !== B) {
      throw unusable(`it has ${response.statuses.length} statuses of ${B} knots`);
    }
    const values = {
      nextStates: decodeNumbers(response.nextStates, "next_states", [B, nx]),
      costs: decodeNumbers(response.costs, "costs", [B]),
      terminated: decodeFlags(response.terminated, "terminated", B),
      outcomes: response.statuses.map((status) => KNOTS.word(status, "diverged")),
    };
    if (!withContacts) {
      return values;
    }
    const shape = [B, contactPoints.length, 2];
    return {
      ...values,
      contactForces: decodeNumbers(response.contactForces, "contact_forces", shape),
    };
  }

  /**
   * The derivatives along a trajectory, such as a {@link Rollout}, exact and of the whole control step. Where an action is
   * outside its bounds they are those of the clipped action with respect to the action as given: the entry's column of
   * `fu`, for one, is zero.
   *
   * @throws DivergedError if a knot's control step diverges
   */
  async linearize({ xs, us }: Trajectory, options?: LinearizeOptions): Promise<Expansion> {
    const { nx, nu } = this.environment;
    const actions = numbers(us, "us");
    const T = wholeRows(actions, "us", nu);
    return this.#calls.stream(
      LINEARIZE,
      {
        environment: this.#ref,
        states: encodeExactly(xs, "xs", [T + 1, nx]),
        actions: encodeExactly(actions, "us", [T, nu]),
        terminalKnot: true,
        costHessian: HESSIANS.value(options?.hessian ?? "exact", "hessian"),
        chunkKnots: optionalCount(options?.chunkKnots, "chunkKnots"),
      },
      { operation: "linearize", steps: T, options },
      () => new ExpansionReceiver(T, nx, nu),
    );
  }

  /**
   * The derivatives of the dynamics alone, at n knots that need not follow from each other; with first ones only, half
   * of the bytes of {@link linearize}.
   *
   * @param xs states, shape (n, nx)
   * @param us actions, shape (n, nu)
   * @param options with `multipliers` for second derivatives, `parameters` for those by parameters
   * @throws DivergedError if a knot's control step diverges
   */
  async linearizeDynamics(xs: Numbers, us: Numbers, options?: DynamicsOptions): Promise<Jacobians> {
    const { nx, nu } = this.environment;
    const states = numbers(xs, "xs");
    const n = wholeRows(states, "xs", nx);
    const multipliers = options?.multipliers;
    const parameters = requireList(options?.parameters ?? [], "parameters");
    return this.#calls.stream(
      LINEARIZE,
      {
        environment: this.#ref,
        states: encodeExactly(states, "xs", [n, nx]),
        actions: encodeExactly(us, "us", [n, nu]),
        dynamicsOnly: true,
        multipliers: multipliers && encodeExactly(multipliers, "multipliers", [n, nx]),
        parameters: [...parameters],
      },
      { operation: "linearize", steps: n, options },
      () => new JacobiansReceiver({ n, nx, nu, P: parameters.length }, multipliers !== undefined),
    );
  }

  /** Runs rollouts in one call. One that diverges is a result, not an error. */
  async rollout(request: RolloutRequest, options?: CallOptions): Promise<Rollout[]> {
    const { nx, nu } = this.environment;
    const T = requireWhole(request.horizon, "horizon", 1);
    const initialStates = numbers(request.initialStates, "initialStates");
    const S = wholeRows(initialStates, "initialStates", nx);
    const controllers = requireList(request.controllers, "controllers");
    const seeds = requireSeeds(request.seeds ?? [], "seeds");
    const stepSizes = numbers(request.stepSizes ?? [], "stepSizes");
    if (S === 0) {
      throw new RangeError("initialStates must have at least one row, but is empty");
    }
    if (controllers.length === 0) {
      throw new RangeError("controllers must have at least one entry, but is empty");
    }
    const count =
      S * controllers.length * Math.max(1, seeds.length) * Math.max(1, stepSizes.length);
    return this.#calls.stream(
      ROLLOUT,
      {
        environment: this.#ref,
        horizon: T,
        initialStates: encodeExactly(initialStates, "initialStates", [S, nx]),
        controllers: controllers.map((controller, i) =>
          encodeController(controller, `controllers[${i}]`, { T, nx, nu }),
        ),
        seeds,
        stepSizes: [...stepSizes],
        detail: request.summary ? RolloutDetail.SUMMARY : RolloutDetail.TRAJECTORY,
        withDigest: request.digests ?? false,
        drawnActions: request.drawnActions ?? false,
      },
      { operation: "rollout", steps: count * T, options },
      () => new RolloutReceiver(count, T, nx, nu, request),
    );
  }

  /**
   * Draws initial states from the environment's distribution.
   *
   * @param seed from 0n to 2^64 − 1
   * @param count number of states, at least 1
   * @param options with the number of the first state's episode, `firstEpisode`; 0n unless set
   * @returns the initial states of `count` episodes of the seed, shape (count, nx)
   */
  async initialStates(
    seed: bigint,
    count: number,
    options?: CallOptions & { readonly firstEpisode?: bigint },
  ): Promise<Float64Array> {
    const { states } = await this.#calls.unary(
      SAMPLE_INITIAL_STATES,
      {
        environment: this.#ref,
        seed: requireSeed(seed, "seed"),
        // Whether none is too few, and how many are too many, is the server's to say.
        count: requireWhole(count, "count", 0),
        firstEpisode: requireSeed(options?.firstEpisode ?? 0n, "firstEpisode"),
      },
      { operation: "initial states", steps: count, options },
    );
    return decodeNumbers(states, "states", [count, this.environment.nx]);
  }

  /**
   * The same environment, whose calls the server counts under a name. Everybody who uses that name on the same server is
   * counted together.
   *
   * @param name 1 to 64 characters of `A-Z a-z 0-9 . _ -`
   */
  account(name: string): Simulator {
    return new Simulator(this.#calls.account(name), this.environment, this.#ref);
  }

  /** What the server has counted so far under this simulator's name; undefined without a name. */
  usage(options?: CallOptions): Promise<Usage | undefined> {
    return this.#calls.usage(options);
  }
}

/** Takes the chunks of a linearisation of the dynamics alone. */
class JacobiansReceiver {
  readonly #sizes: { n: number; nx: number; nu: number; P: number };
  readonly #outcomes: KnotOutcome[] = [];
  readonly #jacobians: Jacobians;

  constructor(sizes: { n: number; nx: number; nu: number; P: number }, curvature: boolean) {
    this.#sizes = sizes;
    const { n, nx, nu, P } = sizes;
    this.#jacobians = {
      fx: new Float64Array(n * nx * nx),
      fu: new Float64Array(n * nx * nu),
      nextStates: new Float64Array(n * nx),
      outcomes: this.#outcomes,
      ...(curvature && { curvature: new Float64Array(n * (nx + nu) ** 2) }),
      ...(P > 0 && { fp: new Float64Array(n * nx * P) }),
    };
  }

  accept(chunk: LinearizeResponse): void {
    const { n: all, nx, nu, P } = this.#sizes;
    const [t, n] = [this.#outcomes.length, chunk.statuses.length];
    if (chunk.firstKnot !== t || t + n > all || (n === 0 && all > 0)) {
      throw unusable(
        `${n} knots from ${chunk.firstKnot} on came where knot ${t} of ${all} was next`,
      );
    }
    acceptOutcomes(chunk.statuses, this.#outcomes);
    const { fx, fu, nextStates, curvature, fp } = this.#jacobians;
    const nz = nx + nu;
    decodeInto(chunk.nextStates, "next_states", nextStates, t * nx, [n, nx]);
    decodeInto(chunk.fx, "fx", fx, t * nx * nx, [n, nx, nx]);
    decodeInto(chunk.fu, "fu", fu, t * nx * nu, [n, nx, nu]);
    if (curvature) {
      decodeInto(chunk.curvature, "curvature", curvature, t * nz * nz, [n, nz, nz]);
    }
    if (fp) {
      decodeInto(chunk.fp, "fp", fp, t * nx * P, [n, nx, P]);
    }
  }

  finish(): Jacobians {
    const { n } = this.#sizes;
    if (this.#outcomes.length !== n) {
      throw unusable(`it ended after ${this.#outcomes.length} of ${n} knots`);
    }
    return this.#jacobians;
  }
}

/** Adds the outcomes of knots that have derivatives. */
function acceptOutcomes(statuses: readonly KnotStatus[], outcomes: KnotOutcome[]): void {
  for (const status of statuses) {
    const outcome = KNOTS.word(status, "diverged");
    if (outcome !== "ok" && outcome !== "clipped") {
      throw new DivergedError(outcomes.length);
    }
    outcomes.push(outcome);
  }
}

/** Puts the chunks of one linearisation together as they come. */
class ExpansionReceiver {
  readonly #T: number;
  readonly #nx: number;
  readonly #nu: number;
  readonly #outcomes: KnotOutcome[] = [];
  readonly #expansion: Expansion;
  #terminal = false;

  constructor(T: number, nx: number, nu: number) {
    this.#T = T;
    this.#nx = nx;
    this.#nu = nu;
    this.#expansion = {
      T,
      fx: new Float64Array(T * nx * nx),
      fu: new Float64Array(T * nx * nu),
      l: new Float64Array(T + 1),
      lx: new Float64Array((T + 1) * nx),
      lu: new Float64Array(T * nu),
      lxx: new Float64Array((T + 1) * nx * nx),
      lux: new Float64Array(T * nu * nx),
      luu: new Float64Array(T * nu * nu),
      nextStates: new Float64Array(T * nx),
      outcomes: this.#outcomes,
    };
  }

  accept(chunk: LinearizeResponse): void {
    const t = chunk.firstKnot;
    const n = chunk.statuses.length;
    const last = t + n === this.#T;
    if (
      t !== this.#outcomes.length ||
      t + n > this.#T ||
      (n === 0 && !(last && chunk.terminal)) ||
      (chunk.terminal !== undefined && !last)
    ) {
      throw unusable(
        `${n} knots from ${t} on came where knot ${this.#outcomes.length} of ${this.#T} was next`,
      );
    }
    acceptOutcomes(chunk.statuses, this.#outcomes);
    const e = this.#expansion;
    const copy = (
      tensor: LinearizeResponse["fx"],
      name: string,
      out: Float64Array,
      ...row: number[]
    ) => decodeInto(tensor, name, out, t * row.reduce((all, size) => all * size, 1), [n, ...row]);
    const [nx, nu] = [this.#nx, this.#nu];
    copy(chunk.nextStates, "next_states", e.nextStates, nx);
    copy(chunk.costs, "costs", e.l);
    copy(chunk.fx, "fx", e.fx, nx, nx);
    copy(chunk.fu, "fu", e.fu, nx, nu);
    copy(chunk.lx, "lx", e.lx, nx);
    copy(chunk.lu, "lu", e.lu, nu);
    copy(chunk.lxx, "lxx", e.lxx, nx, nx);
    copy(chunk.luu, "luu", e.luu, nu, nu);
    if (chunk.lux !== undefined) {
      copy(chunk.lux, "lux", e.lux, nu, nx);
    }
    if (chunk.terminal !== undefined) {
      this.#acceptTerminal(chunk.terminal);
    }
  }

  #acceptTerminal(knot: TerminalKnot): void {
    const [T, nx, e] = [this.#T, this.#nx, this.#expansion];
    if (knot.status !== KnotStatus.OK) {
      throw new DivergedError(T);
    }
    e.l[T] = knot.cost;
    decodeInto(knot.lx, "terminal.lx", e.lx, T * nx, [nx]);
    decodeInto(knot.lxx, "terminal.lxx", e.lxx, T * nx * nx, [nx, nx]);
    this.#terminal = true;
  }

  finish(): Expansion {
    if (this.#outcomes.length !== this.#T || !this.#terminal) {
      throw unusable(
        `it ended after ${this.#outcomes.length} of ${this.#T} knots${this.#terminal ? "" : ", without the terminal knot"}`,
      );
    }
    return this.#expansion;
  }
}

/** Puts rollouts together from the parts in which they come. */
class RolloutReceiver {
  readonly #count: number;
  readonly #T: number;
  readonly #nx: number;
  readonly #nu: number;
  readonly #summaries: boolean;
  readonly #digests: boolean;
  readonly #rollouts: Rollout[] = [];
  #parts: RolloutPart[] = [];
  #rows = 0;

  constructor(
    count: number,
    T: number,
    nx: number,
    nu: number,
    { summary = false, digests = false }: Pick<RolloutRequest, "summary" | "digests">,
  ) {
    this.#count = count;
    this.#T = T;
    this.#nx = nx;
    this.#nu = nu;
    this.#summaries = summary;
    this.#digests = digests;
  }

  accept(response: RolloutResponse): void {
    for (const part of response.parts) {
      const index = this.#rollouts.length;
      if (
        Number(part.index) !== index ||
        index >= this.#count ||
        part.firstRow !== this.#rows ||
        (rows(part.states) < 1 && part.summary === undefined)
      ) {
        throw unusable(
          `row ${part.firstRow} of rollout ${part.index} came where row ${this.#rows} of rollout ${index} of ${this.#count} was next`,
        );
      }
      this.#parts.push(part);
      this.#rows += rows(part.states);
      if (this.#rows > this.#T + 1) {
        throw unusable(`rollout ${index} has more than ${this.#T} steps`);
      }
      if (part.summary !== undefined) {
        this.#finishRollout(part.summary);
      }
    }
  }

  #finishRollout(summary: RolloutSummary): void {
    const { steps, digest } = summary;
    const outcome = ROLLOUTS.word(summary.status, "diverged");
    const index = this.#rollouts.length;
    if (steps < 0 || steps > this.#T || (outcome === "completed" && steps !== this.#T)) {
      throw unusable(`rollout ${index} of ${this.#T} steps is ${outcome} after ${steps}`);
    }
    if (this.#rows !== (this.#summaries ? 0 : steps + 1)) {
      throw unusable(`rollout ${index} has ${this.#rows} states after ${steps} steps`);
    }
    if (digest.length !== (this.#digests ? 32 : 0)) {
      throw unusable(`the digest of rollout ${index} has ${digest.length} bytes`);
    }
    const joined = (name: "states" | "actions" | "costs", length: number, ...row: number[]) => {
      const parts = this.#parts.map((part) =>
        decodeNumbers(part[name], name, [rows(part[name]), ...row]),
      );
      const all = join(parts);
      if (all.length !== length * (row[0] ?? 1)) {
        const count = all.length / (row[0] ?? 1);
        throw unusable(`rollout ${index} has ${count} ${name} after ${steps} steps`);
      }
      return all;
    };
    const [n, full] = this.#summaries ? [0, 0] : [steps, steps + 1];
    this.#rollouts.push({
      xs: joined("states", full, this.#nx),
      us: joined("actions", n, this.#nu),
      costs: joined("costs", full),
      steps,
      outcome,
      clipped: summary.clipped,
      cost: summary.totalCost,
      ...(this.#digests ? { digest: Buffer.from(digest).toString("hex") } : {}),
    });
    this.#parts = [];
    this.#rows = 0;
  }

  finish(): Rollout[] {
    if (this.#rollouts.length !== this.#count) {
      throw unusable(`it ended after ${this.#rollouts.length} of ${this.#count} rollouts`);
    }
    return this.#rollouts;
  }
}

/** One array of several; a single one stays what it is. */
function join(arrays: readonly Float64Array[]): Float64Array {
  const [first] = arrays;
  if (arrays.length === 1 && first !== undefined) {
    return first;
  }
  const all = new Float64Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
