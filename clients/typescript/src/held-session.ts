import type { CallOptions, Calls } from "./calls.js";
import {
  CancelledError,
  DeadlineExceededError,
  SessionExpiredError,
  UnavailableError,
  unusable,
} from "./errors.js";
import { EnvironmentServiceDefinition } from "./generated/gaitway/v1/environment.js";
import { method } from "./methods.js";
import { duration } from "./session-codec.js";
import type { Exchange } from "./step-stream.js";

/** A lease is renewed so many times within its duration: two renewals may get lost. */
const RENEWALS_PER_LEASE = 3;

/** The longest time that timers take, ms. */
const MAX_PERIOD = 2 ** 31 - 1;

/** The shortest time between two renewals, ms, however short a server makes its leases. */
const MIN_PERIOD = 100;

/** A server that does not answer must not keep a program from closing a session, ms. */
const CLOSE_DEADLINE = 5000;

/** A server that does not answer must not keep a program from ending, ms. */
const EXIT_DEADLINE = 1000;

const GET = method(EnvironmentServiceDefinition, "getSession");
const RENEW = method(EnvironmentServiceDefinition, "renewSession");
const DELETE = method(EnvironmentServiceDefinition, "deleteSession");

/** The sessions that end with this program. */
const owned = new Set<HeldSession>();

/** Ends the sessions whose `Session` was dropped. */
const dropped = new FinalizationRegistry<HeldSession>((session) => session.abandon());

function endAll(): void {
  for (const session of owned) {
    session.abandon(EXIT_DEADLINE);
  }
}

/**
 * A session as the server holds it: its key, its lease, the number of its steps. It does not know the `Session` that the
 * program works with, so that a dropped one can be collected, which ends the session on the server.
 */
export class HeldSession {
  /** The session's key. */
  readonly id: string;
  /** Number of steps carried out, unless that is in doubt. */
  step: number;
  /** Number of resets carried out, likewise. */
  resets = 0;
  /** Number of the last answers that the server keeps for a stream that attaches again. */
  window = 1;
  /** Whether a step or a reset was sent whose answer did not come. */
  stepUnsure = false;
  /** The open stream of steps. */
  stream: Exchange | undefined;

  readonly #calls: Calls;
  readonly #held: Set<HeldSession>;
  #renewal: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  /** @param held the sessions that its client ends when it is closed */
  constructor(calls: Calls, held: Set<HeldSession>, id: string, step: number) {
    this.#calls = calls;
    this.#held = held;
    this.id = id;
    this.step = step;
    held.add(this);
  }

  /** Whether the lease is renewed in the background. */
  get renewing(): boolean {
    return this.#renewal !== undefined;
  }

  /** Renews the lease in the background. */
  keepAlive(leaseSeconds: number): void {
    const period = (leaseSeconds * 1000) / RENEWALS_PER_LEASE;
    this.#renewal = setInterval(
      () => void this.#renewInBackground(),
      Math.max(MIN_PERIOD, Math.min(period, MAX_PERIOD)),
    ).unref();
  }

  /** Lets the session end with its owner: when that is collected, or the program ends because nothing is left to do. */
  endWith(owner: object): void {
    dropped.register(owner, this, this);
    if (owned.size === 0) {
      process.on("beforeExit", endAll);
    }
    owned.add(this);
  }

  /** Renews the lease, see `Session.renew`. */
  async renew(lease?: number, options?: CallOptions): Promise<Date> {
    const { expireTime } = await this.#calls.unary(
      RENEW,
      { sessionId: this.id, lease: lease === undefined ? undefined : duration(lease, "lease") },
      { operation: "renewal of a session", options },
    );
    if (expireTime === undefined || Number.isNaN(expireTime.getTime())) {
      throw unusable("it does not say when the session expires");
    }
    return expireTime;
  }

  /** Asks the server for the step number if it is in doubt. */
  async settle(options?: CallOptions): Promise<void> {
    if (this.stepUnsure) {
      const plan = { operation: "description of a session", options };
      const { session } = await this.#calls.unary(GET, { sessionId: this.id }, plan);
      if (session?.id !== this.id) {
        throw unusable("it does not describe the session");
      }
      this.step = stepNumber(session.step);
      this.resets = stepNumber(session.resets);
      this.stepUnsure = false;
    }
  }

  /** Stops caring for the session without ending it. */
  detach(): void {
    clearInterval(this.#renewal);
    this.#renewal = undefined;
    this.#held.delete(this);
    dropped.unregister(this);
    if (owned.delete(this) && owned.size === 0) {
      process.off("beforeExit", endAll);
    }
  }

  /** Ends the session on the server. A server that cannot be reached is no error: the lease will end the session. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends the session, which nobody uses any more; what goes wrong is left to the lease. */
  abandon(deadline = CLOSE_DEADLINE): void {
    this.detach();
    this.stream?.cancel();
    this.#closing ??= this.#delete(deadline);
    this.#closing.catch(() => {});
  }

  async #close(): Promise<void> {
    this.detach();
    await this.stream?.close();
    try {
      await this.#delete(CLOSE_DEADLINE);
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

  async #delete(deadline: number): Promise<void> {
    const plan = { operation: "end of a session", attempts: 1, options: { deadline } };
    await this.#calls.unary(DELETE, { sessionId: this.id }, plan);
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
}

/**
 * The step number of an answer.
 *
 * @throws GaitwayError if it is larger than this client can count
 */
export function stepNumber(step: bigint): number {
  if (step > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw unusable(`its step number is ${step}`);
  }
  return Number(step);
}
