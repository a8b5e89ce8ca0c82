import { unusable } from "./errors.js";
import {
  type ActionEntry,
  type ContactPoint,
  DeterminismTier,
  type EnvironmentSpec,
  type GetServerInfoResponse,
  type Goal,
  type LinkGeometry,
  type Parameter,
  Penalty as PenaltyNumber,
  type Shape,
  type StateEntry,
  type CostTerm as WireCostTerm,
} from "./generated/gaitway/v1/catalog.js";
import { Words } from "./words.js";

export type { ActionEntry, ContactPoint, Goal, LinkGeometry, Parameter, Shape, StateEntry };

/** Values of an environment's parameters by name; what is not named keeps its default. */
export type Parameters = Readonly<Record<string, number>>;

/**
 * How a term of the cost grows with its residual r: r², r, or √(r² + width²) − width, which is |r| with a rounded
 * corner.
 */
export type Penalty = "quadratic" | "linear" | "smooth-absolute";

/** One term weight · penalty(quantity − target) of a cost. */
export interface CostTerm {
  /** Such as `speed`. */
  readonly name: string;
  /** What is penalised, for people, with its unit. */
  readonly quantity: string;
  /** The factor. */
  readonly weight: number;
  /** Value at which the term vanishes, in the quantity's unit. */
  readonly target: number;
  /** How the term grows. */
  readonly penalty: Penalty;
  /** Of the smooth absolute, in the quantity's unit; 0 for the others. */
  readonly width: number;
}

/** Actions to begin an optimisation from. */
export type FirstGuess =
  | {
      /** The actions amplitude[j] · sin(2π frequency t + phase[j]). */
      readonly kind: "sinusoid";
      /** Hz. */
      readonly frequency: number;
      /** Of each action, in its unit; shape (nu). */
      readonly amplitude: Float64Array;
      /** Of each action, rad; shape (nu). */
      readonly phase: Float64Array;
    }
  | {
      /** A hand-crafted gait; whoever optimises brings it along. */
      readonly kind: "gait";
      /** Such as `walker`. */
      readonly name: string;
    };

/** Everything a client needs to know of an environment, with the parameters that are in force. */
export interface EnvironmentInfo
  extends Readonly<
    Omit<
      EnvironmentSpec,
      "initialState" | "costTerms" | "terminalCostTerms" | "rewardTerms" | "goal" | "firstGuess"
    >
  > {
  /** The terms whose sum is the running cost of a control step; dt is not folded in. */
  readonly costTerms: readonly CostTerm[];
  /** The terms whose sum is the cost of the state after the last control step. */
  readonly terminalCostTerms: readonly CostTerm[];
  /** The terms whose sum is the reward of a control step; empty where that is minus the cost. */
  readonly rewardTerms: readonly CostTerm[];
  /** What counts as success; undefined where completing the horizon is all there is to achieve. */
  readonly goal: Readonly<Goal> | undefined;
  /** Actions to begin an optimisation from; undefined if none are known. */
  readonly firstGuess: FirstGuess | undefined;
  /** Number of state entries. */
  readonly nx: number;
  /** Number of action entries. */
  readonly nu: number;
  /** Distribution of the initial state, a diagonal Gaussian: mean and standard deviation, each of shape (nx). */
  readonly initialState: { readonly mean: Float64Array; readonly std: Float64Array };
}

/** What equal requests may rely on: nothing, the same process, or any server with the same model digest. */
export type Determinism = "unspecified" | "process" | "model";

/** What a server is and what it can do. */
export interface ServerInfo {
  /** Name and version, such as `gaitway 0.1.0`. */
  readonly server: string;
  /** Packages of the contract that it speaks, such as `gaitway.v1`. */
  readonly apiVersions: readonly string[];
  /** What it can do beyond the least, such as `rollout.mlp`. */
  readonly capabilities: readonly string[];
  /** What equal requests may rely on. */
  readonly determinism: Determinism;
  /** The largest requests that it takes. */
  readonly limits: Limits;
}

/** The largest requests that a server takes. */
export interface Limits {
  /** Largest request message, bytes. */
  readonly maxMessageBytes: number;
  /** Most sessions at a time. */
  readonly maxSessions: number;
  /** Most environments in one session. */
  readonly maxEnvironmentsPerSession: number;
  /** Most control steps (rollouts times horizon) or knots in one request. */
  readonly maxStepsPerRequest: number;
  /** Longest lease of a session, s. */
  readonly maxLeaseSeconds: number;
  /** Threads that rollouts and long linearisations share. */
  readonly workerThreads: number;
  /** Most control steps in one rollout. */
  readonly maxHorizon: number;
  /** Most environments that a caller has added at a time; 0 for a server that takes none. */
  readonly maxAddedEnvironments: number;
}

const DETERMINISM = new Words<Determinism>({
  unspecified: DeterminismTier.UNSPECIFIED,
  process: DeterminismTier.PROCESS,
  model: DeterminismTier.MODEL,
});

const PENALTY = new Words<Penalty>({
  quadratic: PenaltyNumber.QUADRATIC,
  linear: PenaltyNumber.LINEAR,
  "smooth-absolute": PenaltyNumber.SMOOTH_ABSOLUTE,
});

export function environmentInfo(spec: EnvironmentSpec | undefined): EnvironmentInfo {
  if (spec === undefined) {
    throw unusable("environment is missing");
  }
  const [nx, nu] = [spec.state.length, spec.action.length];
  const mean = Float64Array.from(spec.initialState?.mean ?? []);
  const std = Float64Array.from(spec.initialState?.std ?? []);
  if (nx === 0 || nu === 0 || mean.length !== nx || std.length !== nx) {
    throw unusable(
      `environment ${spec.id} has ${nx} states, ${nu} actions, and an initial state of ${mean.length} means and ` +
        `${std.length} standard deviations`,
    );
  }
  return {
    ...spec,
    nx,
    nu,
    costTerms: spec.costTerms.map(costTerm),
    terminalCostTerms: spec.terminalCostTerms.map(costTerm),
    rewardTerms: spec.rewardTerms.map(costTerm),
    goal: spec.goal,
    firstGuess: firstGuess(spec),
    initialState: { mean, std },
  };
}

function costTerm(term: WireCostTerm): CostTerm {
  const penalty =
    term.penalty === PenaltyNumber.UNSPECIFIED
      ? "quadratic"
      : PENALTY.answer(term.penalty, `the penalty of the cost ${term.name}`);
  return { ...term, penalty };
}

function firstGuess({ firstGuess: guess, action }: EnvironmentSpec): FirstGuess | undefined {
  const kind = guess?.kind;
  switch (kind?.$case) {
    case "sinusoid": {
      const { frequency, amplitude, phase } = kind.value;
      if (amplitude.length !== action.length || phase.length !== action.length) {
        throw unusable(
          `the first guess has ${amplitude.length} amplitudes and ${phase.length} phases for ${action.length} actions`,
        );
      }
      return {
        kind: "sinusoid",
        frequency,
        amplitude: Float64Array.from(amplitude),
        phase: Float64Array.from(phase),
      };
    }
    case "gait":
      return { kind: "gait", name: kind.value };
    default:
      return undefined;
  }
}

export function serverInfo(response: GetServerInfoResponse): ServerInfo {
  const { server, apiVersions, capabilities, determinism, limits } = response;
  if (limits === undefined) {
    throw unusable("limits is missing");
  }
  return {
    server,
    apiVersions,
    capabilities,
    determinism: DETERMINISM.word(determinism, "unspecified"),
    limits: {
      ...limits,
      maxMessageBytes: Number(limits.maxMessageBytes),
      maxStepsPerRequest: Number(limits.maxStepsPerRequest),
    },
  };
}
