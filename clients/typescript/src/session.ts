import type { CallOptions, Calls } from "./calls.js";
import { requireIndices } from "./checks.js";
import { type EnvironmentInfo, environmentInfo, type Parameters } from "./environment.js";
import { unusable } from "./errors.js";
import {
  EnvironmentServiceDefinition,
  EnvironmentSnapshot,
  type Session as Message,
} from "./generated/gaitway/v1/environment.js";
import { HeldSession, stepNumber } from "./held-session.js";
import { method } from "./methods.js";
import {
  AUTORESETS,
  type Autoreset,
  BOUNDS,
  type Bounds,
  type Episodes,
  type Reset,
  SessionCodec,
  type StepResult,
  seconds,
} from "./session-codec.js";
import { leavesStepUnsure, StepStream, stepFailure } from "./step-stream.js";
import { type Numbers, rows } from "./tensors.js";

/** How a session is made. */
export interface SessionOptions {
  /** Values of the environment's parameters by name. */
  readonly parameters?: Parameters;
  /** Number of environments N that are stepped together; 1 unless set. */
  readonly environments?: number;
  /** What happens to an environment whose episode is over; `next-step` unless set. */
  readonly autoreset?: Autoreset;
  /** What happens with an action entry outside its bounds; `reject` unless set. */
  readonly bounds?: Bounds;
  /** How long the session lives on the server without being used or renewed, s; the server's default unless set. */
  readonly lease?: number;
  /** Control steps after which an episode is truncated; the environment's horizon unless set. */
  readonly maxEpisodeSteps?: number;
  /** Whether the client renews the lease in the background until the session is closed; true unless set. */
  readonly renew?: boolean;
}

const RESET = method(EnvironmentServiceDefinition, "reset");
const STEP = method(EnvironmentServiceDefinition, "step");
const SNAPSHOT = method(EnvironmentServiceDefinition, "snapshot");
const RESTORE = method(EnvironmentServiceDefinition, "restore");
const FORK = method(EnvironmentServiceDefinition, "fork");

/**
 * Everything that the future of some environments depends on: states, seeds, episode numbers, step counters, and the model
 * they belong to. It can be put into any session of the same model, on any server, which then continues with the same bits.
 */
export class Snapshot {
  /** @internal */
  readonly message: EnvironmentSnapshot;

  /** @internal */
  constructor(message: EnvironmentSnapshot) {
    this.message = message;
  }

  /**
   * Reads what {@link toBytes} wrote.
   *
   * @param name what the bytes are called in messages, such as the name of their file
   * @throws RangeError if the bytes are no snapshot; the message names the field
   */
  static fromBytes(bytes: Uint8Array, name = "snapshot"): Snapshot {
    let message: EnvironmentSnapshot;
    try {
      message = EnvironmentSnapshot.decode(bytes);
    } catch (error) {
      throw new RangeError(`${name} is not a snapshot: it cannot be read`, {
        cause: error,
      });
    }
    const fault = snapshotFault(message);
    if (fault !== undefined) {
      throw new RangeError(`${name} is not a snapshot: ${fault}`);
    }
    return new Snapshot(message);
  }

  /** The snapshot as bytes, for a file or another machine: `gaitway.v1.EnvironmentSnapshot`. */
  toBytes(): Uint8Array {
    return EnvironmentSnapshot.encode(this.message).finish();
  }

  /** Catalog name of the environments. */
  get environmentId(): string {
    return this.message.environmentId;
  }

  /** Digest of the model that the snapshot was taken of. */
  get modelDigest(): string {
    return this.message.modelDigest;
  }

  /** Number of environments M in the snapshot. */
  get size(): number {
    return this.message.seeds.length;
  }
}

/** What is wrong with a snapshot, in words; undefined if nothing is. */
function snapshotFault(message: EnvironmentSnapshot): string | undefined {
  const { environmentId, modelDigest, states, seeds, episodes, episodeSteps, finished } = message;
  const M = seeds.length;
  if (environmentId === "" || modelDigest === "") {
    return `${environmentId === "" ? "environment_id" : "model_digest"} is missing`;
  }
  if (M === 0) {
    return "seeds is empty";
  }
  for (const [field, length] of [
    ["episodes", episodes.length],
    ["episode_steps", episodeSteps.length],
    ["states", rows(states)],
    ["finished", rows(finished)],
  ] as const) {
    if (length !== M) {
      return `${field} has ${length} entries for ${M} environments`;
    }
  }
  return undefined;
}

/**
 * N environments of one kind that a server holds and steps together.
 *
 * A session lives on the server until it is closed or its lease runs out; it outlives broken connections. A session that
 * the program drops without closing it is closed when its object is collected, and when the program ends because nothing
 * is left to do. After `process.exit`, a crash or a signal the lease ends it. `detach` lets it live on.
 *
 * Steps are numbered, so that one whose answer got lost is asked for again without being carried out twice. If that fails
 * too (the step throws a {@link StepTimeoutError}, an {@link UnavailableError} or a {@link CancelledError}), the step may
 * have been carried out: {@link stepCount} asks the server, and the next step goes on from there. Commands that are not
 * awaited are carried out one after the other.
 */
export class Session {
  /** What the environments are, with the parameters in force. */
  readonly environment: EnvironmentInfo;
  /** Number of environments N. */
  readonly size: number;
  /** What happens to an environment whose episode is over. */
  readonly autoreset: Autoreset;
  /** What happens with an action entry outside its bounds. */
  readonly bounds: Bounds;
  /** Control steps after which an episode is truncated. */
  readonly maxEpisodeSteps: number;

  readonly #sessions: Sessions;
  readonly #calls: Calls;
  readonly #codec: SessionCodec;
  readonly #held: HeldSession;
  /** The end of the last command: what the next one waits for. */
  #last: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(sessions: Sessions, calls: Calls, message: Message, held: HeldSession) {
    this.#sessions = sessions;
    this.#calls = calls;
    this.#held = held;
    this.environment = environmentInfo(message.environment);
    this.size = message.numEnvironments;
    this.autoreset = AUTORESETS.answer(message.autoresetMode, "autoreset_mode");
    this.bounds = BOUNDS.answer(message.boundsMode, "bounds_mode");
    this.maxEpisodeSteps = message.maxEpisodeSteps;
    this.#codec = new SessionCodec(held.id, this.size, this.environment, this.autoreset);
  }

  /** The session's key: whoever knows it may use the session, see `Client.attach`. */
  get id(): string {
    return this.#held.id;
  }

  /** Number of steps carried out; asks the server if the fate of the last step is unknown. */
  stepCount(options?: CallOptions): Promise<number> {
    return this.#inTurn(async () => {
      await this.#held.settle(options);
      return this.#held.step;
    });
  }

  /**
   * Starts new episodes, in all environments unless `reset` says otherwise. One without seeds or states that fails may have
   * been carried out, and is not repeated: it would skip an episode.
   */
  reset(reset: Reset = {}, options?: CallOptions): Promise<Episodes> {
    return this.#inTurn(async () => {
      this.#requireNoStream();
      const request = this.#codec.reset(reset);
      const repeatable = reset.seeds !== undefined || reset.states !== undefined;
      const plan = { operation: "reset", steps: this.size, repeatable, options };
      try {
        const response = await this.#calls.unary(RESET, request, plan);
        this.#held.resets++;
        return this.#codec.episodes(request, response);
      } catch (error) {
        this.#held.stepUnsure ||= leavesStepUnsure(error);
        throw error;
      }
    });
  }

  /**
   * Advances every environment by one control step, exactly once.
   *
   * @param us actions, shape (N, nu)
   * @throws FailedPreconditionError if an environment needs a reset
   * @throws InvalidArgumentError if an action is not finite, or out of bounds where the session refuses that
   * @throws StepTimeoutError if no answer came in time; the step may have been carried out, see {@link stepCount}
   */
  step(us: Numbers, options?: CallOptions): Promise<StepResult> {
    return this.#inTurn(async () => {
      this.#requireNoStream();
      await this.#held.settle(options);
      const { step } = this.#held;
      const request = this.#codec.step(step, us);
      try {
        const plan = { operation: "step", steps: this.size, repeatable: true, options };
        const response = await this.#calls.unary(STEP, request, plan);
        const result = this.#codec.result(step, response);
        this.#held.step = result.step;
        return result;
      } catch (error) {
        this.#held.stepUnsure = leavesStepUnsure(error);
        throw stepFailure(error, step + 1);
      }
    });
  }

  /**
   * Opens a stream of steps, for many round trips or for steps sent ahead of their answers. One at a time; while it is
   * open, steps and resets are its own.
   *
   * @param options `deadline` is the time for each answer; aborting `signal` ends the stream
   */
  stream(options?: CallOptions): Promise<StepStream> {
    return this.#inTurn(async () => {
      this.#requireNoStream();
      await this.#held.settle(options);
      return new StepStream(this, this.#calls, this.#codec, this.#held, options);
    });
  }

  /**
   * Copies out everything that the environments' future depends on.
   *
   * @param environments indices of those wanted, repeats allowed; empty for all
   */
  snapshot(environments: readonly number[] = [], options?: CallOptions): Promise<Snapshot> {
    return this.#inTurn(async () => {
      const { snapshot } = await this.#calls.unary(
        SNAPSHOT,
        { sessionId: this.id, environments: requireIndices(environments, "environments") },
        { operation: "snapshot", options },
      );
      const wanted = environments.length || this.size;
      const fault =
        snapshot === undefined
          ? "snapshot is missing"
          : (snapshotFault(snapshot) ??
            (snapshot.seeds.length === wanted
              ? undefined
              : `it has ${snapshot.seeds.length} environments, but ${wanted} were asked for`));
      if (snapshot === undefined || fault !== undefined) {
        throw unusable(fault ?? "snapshot is missing");
      }
      return new Snapshot(snapshot);
    });
  }

  /**
   * Puts a snapshot into the environments. The session's step number goes on.
   *
   * @param environments indices of those that receive the snapshot's rows, in order; empty for all
   * @throws FailedPreconditionError if the snapshot is of another model
   */
  restore(
    snapshot: Snapshot,
    environments: readonly number[] = [],
    options?: CallOptions,
  ): Promise<void> {
    return this.#inTurn(async () => {
      this.#requireNoStream();
      await this.#calls.unary(
        RESTORE,
        {
          sessionId: this.id,
          snapshot: snapshot.message,
          environments: requireIndices(environments, "environments"),
        },
        { operation: "restore", options },
      );
    });
  }

  /**
   * Makes a new session that continues from this one, which does not change.
   *
   * @param environments for each environment of the new session the index of the one it continues from, repeats allowed;
   *     empty for all in order
   */
  fork(environments: readonly number[] = [], options?: CallOptions): Promise<Session> {
    return this.#inTurn(async () => {
      const { session } = await this.#calls.unary(
        FORK,
        { sessionId: this.id, environments: requireIndices(environments, "environments") },
        { operation: "fork", options },
      );
      const { autoreset, bounds, environment } = this;
      const size = environments.length || this.size;
      const asked = { environment: environment.id, size, autoreset, bounds };
      return this.#sessions.add(session, asked, { owned: true, renew: this.#held.renewing });
    });
  }

  /**
   * Renews the lease.
   *
   * @param lease its new duration, s; absent to leave that as it is
   * @returns when the session expires if nobody uses or renews it
   * @throws SessionExpiredError if it has expired
   */
  renew(lease?: number, options?: CallOptions): Promise<Date> {
    return this.#held.renew(lease, options);
  }

  /**
   * Stops caring for the session without ending it: its lease is no longer renewed, and neither this program's end nor the
   * client's ends it.
   */
  detach(): void {
    this.#held.detach();
  }

  /** Ends the session on the server. A server that cannot be reached is no error: the lease will end the session. */
  close(): Promise<void> {
    return this.#held.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #inTurn<V>(command: () => Promise<V>): Promise<V> {
    const result = this.#last.then(command);
    this.#last = result.catch(() => {});
    return result;
  }

  #requireNoStream(): void {
    if (this.#held.stream !== undefined) {
      throw new Error("the session has an open stream; use it, or close it before other commands");
    }
  }
}

/** What a session must be to be the answer to what was asked; absent where nothing was. */
interface Asked {
  readonly id?: string;
  readonly environment?: string;
  readonly size?: number;
  readonly autoreset?: Autoreset;
  readonly bounds?: Bounds;
}

/** The open sessions of one client. */
export class Sessions {
  readonly #calls: Calls;
  readonly #held = new Set<HeldSession>();

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /**
   * Takes a session of the server into care.
   *
   * @param care whether the session ends with its object and with the program, and whether its lease is renewed
   * @throws GaitwayError if it is another session than was asked for
   */
  add(
    message: Message | undefined,
    asked: Asked,
    care: { owned: boolean; renew: boolean },
  ): Session {
    if (message === undefined) {
      throw unusable("session is missing");
    }
    const lease = seconds(message.lease);
    const held = new HeldSession(this.#calls, this.#held, message.id, 0);
    try {
      held.step = stepNumber(message.step);
      held.resets = stepNumber(message.resets);
      held.window = Math.max(1, message.answerWindow);
      const session = new Session(this, this.#calls, message, held);
      const actual = { ...session, id: session.id, environment: session.environment.id };
      for (const name of Object.keys(asked) as (keyof Asked)[]) {
        if (actual[name] !== asked[name]) {
          throw unusable(
            `the session's ${name} is ${actual[name]}, but ${asked[name]} was asked for`,
          );
        }
      }
      for (const [field, valid] of [
        ["id", message.id !== ""],
        ["num_environments", session.size >= 1],
        ["max_episode_steps", session.maxEpisodeSteps >= 1],
        ["lease", lease > 0],
      ] as const) {
        if (!valid) {
          throw unusable(`the ${field} of the session is missing`);
        }
      }
      if (care.renew) {
        held.keepAlive(lease);
      }
      if (care.owned) {
        held.endWith(session);
      }
      return session;
    } catch (error) {
      if (care.owned && message.id !== "") {
        held.abandon();
      }
      held.detach();
      throw error;
    }
  }

  /** Ends every session that is still in care. */
  async close(): Promise<void> {
    await Promise.all([...this.#held].map((session) => session.close()));
  }
}
