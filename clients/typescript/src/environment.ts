import { unusable } from "./errors.js";
import {
  type ActionEntry,
  type ContactPoint,
  type CostTerm,
  DeterminismTier,
  type EnvironmentSpec,
  type GetServerInfoResponse,
  type LinkGeometry,
  type Parameter,
  type StateEntry,
} from "./generated/gaitway/v1/catalog.js";
import { Words } from "./words.js";

export type { ActionEntry, ContactPoint, CostTerm, LinkGeometry, Parameter, StateEntry };

/** Values of an environment's parameters by name; what is not named keeps its default. */
export type Parameters = Readonly<Record<string, number>>;

/** Everything a client needs to know of an environment, with the parameters that are in force. */
export interface EnvironmentInfo extends Readonly<Omit<EnvironmentSpec, "initialState">> {
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
}

const DETERMINISM = new Words<Determinism>({
  unspecified: DeterminismTier.UNSPECIFIED,
  process: DeterminismTier.PROCESS,
  model: DeterminismTier.MODEL,
});

export function environmentInfo(spec: EnvironmentSpec | undefined): EnvironmentInfo {
  if (spec === undefined) {
    throw unusable("it describes no environment");
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
  return { ...spec, nx, nu, initialState: { mean, std } };
}

export function serverInfo(response: GetServerInfoResponse): ServerInfo {
  const { server, apiVersions, capabilities, determinism, limits } = response;
  if (limits === undefined) {
    throw unusable("it names no limits");
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
