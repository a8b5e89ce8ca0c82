import type { CallOptions, Calls } from "./calls.js";
import type { EnvironmentInfo, Parameters } from "./environment.js";
import { environmentInfo } from "./environment.js";
import {
  CancelledError,
  DeadlineExceededError,
  GaitwayError,
  SessionExpiredError,
  StepOutOfOrderError,
  UnavailableError,
  unusable,
} from "./errors.js";
import {
  EnvironmentServiceDefinition,
  EnvironmentSnapshot,
  type Session as Message,
} from "./generated/gaitway/v1/environment.js";
import { method } from "./methods.js";
import {
  AUTORESETS,
  type Autoreset,
  BOUNDS,
  type Bounds,
  duration,
  type Episodes,
  type Reset,
  SessionCodec,
  type StepResult,
  seconds,
} from "./session-codec.js";
import { StepStream } from "./step-stream.js";
import type { Numbers } from "./tensors.js";

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

/** A lease is renewed so many times within its duration: two renewals may get lost. */
const RENEWALS_PER_LEASE = 3;

/** The longest time that timers take, ms. */
const MAX_PERIOD = 2 ** 31 - 1;

/** A server that does not answer must not keep a program from ending, ms. */
const CLOSE_DEADLINE = 5000;

const GET = method(EnvironmentServiceDefinition, "getSession");
const RENEW = method(EnvironmentServiceDefinition, "renewSession");
const DELETE = method(EnvironmentServiceDefinition, "deleteSession");
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
   * @throws RangeError if the bytes are no snapshot
   */
  static fromBytes(bytes: Uint8Array): Snapshot {
    try {
      return new Snapshot(EnvironmentSnapshot.decode(bytes));
    } catch (error) {
      throw new RangeError(`the ${bytes.length} bytes are no snapshot`, { cause: error });
    }
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

/**
 * N environments of one kind that a server holds and steps together.
 *
 * A session lives on the server until it is closed or its lease runs out; it outlives broken connections. Steps are
 * numbered, so that one whose answer got lost is asked for again without being carried out twice. If that fails too (the
 * call throws, and nobody can tell whether the step was carried out), the session asks the server for its step number
 * before the next one. Commands that are not awaited are carried out one after the other.
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
  readonly #renewal: NodeJS.Timeout | undefined;
  #step: number;
  #stepUnsure = false;
  #stream: StepStream | undefined;
  #closing: Promise<void> | undefined;
  /** The end of the last command: what the next one waits for. */
  #last: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(sessions: Sessions, calls: Calls, message: Message, renew: boolean) {
    this.#sessions = sessions;
    this.#calls = calls;
    this.environment = environmentInfo(message.environment);
    this.size = message.numEnvironments;
    this.autoreset = AUTORESETS.word(message.autoresetMode, "next-step");
    this.bounds = BOUNDS.word(message.boundsMode, "reject");
    this.maxEpisodeSteps = message.maxEpisodeSteps;
    this.#codec = new SessionCodec(message.id, this.size, this.environment.nx, this.environment.nu);
    this.#step = Number(message.step);
    if (renew) {
      const period = (seconds(message.lease) * 1000) / RENEWALS_PER_LEASE;
      this.#renewal = setInterval(
        () => void this.#renewInBackground(),
        Math.min(period, MAX_PERIOD),
      ).unref();
    }
  }

  /** The session's key: whoever knows it may use the session, see `Client.attach`. */
  get id(): string {
    return this.#codec.id;
  }

  /** Number of steps carried out; asks the server if the last step's fate is unknown. */
  stepCount(options?: CallOptions): Promise<number> {
    return this.#inTurn(async () => {
      await this.#settle(options);
      return this.#step;
    });
  }

  /** Starts new episodes, in all environments unless `reset` says otherwise. */
  reset(reset: Reset = {}, options?: CallOptions): Promise<Episodes> {
    return this.#inTurn(async () => {
      this.#requireNoStream();
      // Without seeds a reset goes on to the next episode, so that a second one would skip an episode.
      const repeatable = reset.seeds !== undefined || reset.states !== undefined;
      const plan = { operation: "reset", steps: this.size, repeatable, options };
      const response = await this.#calls.unary(RESET, this.#codec.reset(reset), plan);
      return this.#codec.episodes(response);
    });
  }

  /**
   * Advances every environment by one control step, exactly once.
   *
   * @param us actions, shape (N, nu)
   * @throws FailedPreconditionError if an environment needs a reset
   * @throws InvalidArgumentError if an action is not finite, or out of bounds where the session refuses that
   */
  step(us: Numbers, options?: CallOptions): Promise<StepResult> {
    return this.#inTurn(async () => {
      this.#requireNoStream();
      await this.#settle(options);
      const request = this.#codec.step(this.#step, us);
      try {
        const plan = { operation: "step", steps: this.size, options };
        const response = await this.#calls.unary(STEP, request, plan);
        this.#step = Number(response.step);
        return this.#codec.result(response);
      } catch (error) {
        // Only the server's refusal rules out that the step was carried out.
        this.#stepUnsure =
          !(error instanceof GaitwayError) ||
          error.reason === "" ||
          error instanceof StepOutOfOrderError;
        throw error;
      }
    });
  }

  /**
   * Opens a stream of steps, for many round trips or for steps sent ahead of their answers. One at a time; while it is
   * open, steps and resets are its own.
   */
  stream(options?: CallOptions): Promise<StepStream> {
    return this.#inTurn(async () => {
      this.#requireNoStream();
      await this.#settle(options);
      this.#stream = new StepStream(this.#calls, this.#codec, this.#step, (step, unsure) => {
        this.#stream = undefined;
        this.#step = step;
        this.#stepUnsure = unsure;
      });
      return this.#stream;
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
        { sessionId: this.id, environments: [...environments] },
        { operation: "snapshot", options },
      );
      if (snapshot === undefined) {
        throw unusable("it holds no snapshot");
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
        { sessionId: this.id, snapshot: snapshot.message, environments: [...environments] },
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
        { sessionId: this.id, environments: [...environments] },
        { operation: "fork", repeatable: false, options },
      );
      return this.#sessions.add(session, this.#renewal !== undefined);
    });
  }

  /**
   * Renews the lease.
   *
   * @param lease its new duration, s; absent to leave that as it is
   * @returns when the session expires if nobody uses or renews it
   * @throws SessionExpiredError if it has expired
   */
  async renew(lease?: number, options?: CallOptions): Promise<Date> {
    const { expireTime } = await this.#calls.unary(
      RENEW,
      { sessionId: this.id, lease: lease === undefined ? undefined : duration(lease, "lease") },
      { operation: "renewal of a session", options },
    );
    if (expireTime === undefined) {
      throw unusable("it tells no time");
    }
    return expireTime;
  }

  /** Stops caring for the session without ending it; it lives until its lease runs out. */
  detach(): void {
    clearInterval(this.#renewal);
    this.#sessions.remove(this);
  }

  /** Ends the session on the server. A server that cannot be reached is no error: the lease will end the session. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.detach();
    await this.#stream?.close();
    try {
      const options = { deadline: CLOSE_DEADLINE };
      const plan = { operation: "end of a session", repeatable: false, options };
      await this.#calls.unary(DELETE, { sessionId: this.id }, plan);
    } catch (error) {
      const harmless =
        error instanceof UnavailableError ||
        error instanceof DeadlineExceededError ||
        error instanceof CancelledError;
      if (!harmless) {
        throw error;
      }
    }
  }

  async #renewInBackground(): Promise<void> {
    try {
      await this.renew();
    } catch (error) {
      // After another failure the next renewal may do better; if none does, the session's next call says so.
      if (error instanceof SessionExpiredError) {
        this.detach();
      }
    }
  }

  /** Asks the server for the step number if it is in doubt. */
  async #settle(options?: CallOptions): Promise<void> {
    if (this.#stepUnsure) {
      const plan = { operation: "description of a session", options };
      const { session } = await this.#calls.unary(GET, { sessionId: this.id }, plan);
      if (session === undefined) {
        throw unusable("it describes no session");
      }
      this.#step = Number(session.step);
      this.#stepUnsure = false;
    }
  }

  #inTurn<V>(command: () => Promise<V>): Promise<V> {
    const result = this.#last.then(command);
    this.#last = result.catch(() => {});
    return result;
  }

  #requireNoStream(): void {
    if (this.#stream !== undefined) {
      throw new Error("the session has an open stream; use it, or close it before other commands");
    }
  }
}

/** The open sessions of one client. */
export class Sessions {
  readonly #calls: Calls;
  readonly #open = new Set<Session>();

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Takes a session of the server into care. */
  add(message: Message | undefined, renew: boolean): Session {
    if (message === undefined) {
      throw unusable("it describes no session");
    }
    const session = new Session(this, this.#calls, message, renew);
    this.#open.add(session);
    return session;
  }

  remove(session: Session): void {
    this.#open.delete(session);
  }

  /** Ends every session that is still in care. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((session) => session.close()));
  }
}
