import { setTimeout as pause } from "node:timers/promises";
import {
  type Client as Channel,
  Metadata,
  type CallOptions as RpcOptions,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { Address } from "./address.js";
import { requireLimit } from "./checks.js";
import { type ChannelOptions, Connection } from "./connection.js";
import { UnavailableError, unusable } from "./errors.js";
import { UsageServiceDefinition } from "./generated/gaitway/v1/usage.js";
import { type Method, method } from "./methods.js";
import { cancelled, serviceError, translate } from "./translate.js";
import type { Usage } from "./usage.js";

/** Settings of one call. */
export interface CallOptions {
  /** Aborting it ends the call with a {@link CancelledError}. */
  readonly signal?: AbortSignal;
  /** How long the call may take, ms, above 0, instead of what the client allows; `Infinity` for no limit. */
  readonly deadline?: number;
}

/** What a call is called in messages, and how much it may take. */
interface Plan {
  /** Such as `linearize`. */
  readonly operation: string;
  /** Control steps that it asks for. */
  readonly steps?: number;
  /** Whether it can be made twice without harm; true unless set. */
  readonly repeatable?: boolean;
  readonly options?: CallOptions | undefined;
}

/** Told how to end a call once it has begun. */
type Begin = (end: () => void) => void;

/** What the owner of a stream is told. */
interface Listener<R> {
  answer(answer: R): void;
  end(error: unknown): void;
}

/** A stream in both directions. */
export interface Duplex<Q> {
  send(request: Partial<Q>): void;
  /** Says that nothing more will be sent. */
  finish(): void;
  /** Ends the stream at once; the listener is told of `reason` at its end. */
  cancel(reason: unknown): void;
}

/** How often a call that may be repeated is made before its failure is reported. */
export const TRIES = 3;

/** Pause before the first repetition, ms; doubled before each further one. */
export const PAUSE = 100;

const GET_USAGE = method(UsageServiceDefinition, "getUsage");

const identity = (message: Buffer): Buffer => message;

/** Makes calls, with deadlines, repetitions and cancellation, and turns their ends into values and errors. */
export class Calls {
  readonly #connection: Connection;
  readonly #account: string | undefined;
  readonly #metadata = new Metadata();

  private constructor(connection: Connection, account: string | undefined) {
    this.#connection = connection;
    this.#account = account;
    if (account !== undefined) {
      this.#metadata.set("gaitway-account", requireAccount(account));
    }
  }

  /** Opens a connection; it connects with its first call. */
  static open(address: Address, options: ChannelOptions): Calls {
    return new Calls(new Connection(address, options), options.account);
  }

  /** The same connection, for calls that the server counts for an account. */
  account(name: string): Calls {
    return new Calls(this.#connection, name);
  }

  /** What the server has counted for the account; undefined if there is none. */
  async usage(options?: CallOptions): Promise<Usage | undefined> {
    const account = this.#account;
    if (account === undefined) {
      return undefined;
    }
    const { usage } = await this.unary(GET_USAGE, { account }, { operation: "usage", options });
    if (usage === undefined) {
      throw unusable("usage is missing");
    }
    return {
      rollouts: Number(usage.rollouts),
      rolloutSteps: Number(usage.rolloutSteps),
      sessionSteps: Number(usage.sessionSteps),
      evaluatedKnots: Number(usage.evaluatedKnots),
      linearizedKnots: Number(usage.linearizedKnots),
      workerSeconds: usage.workerSeconds,
    };
  }

  /** Time for a call that simulates so many control steps, ms; `Infinity` for no limit. */
  allowed(steps: number, options?: CallOptions): number {
    return requireLimit(options?.deadline ?? this.#connection.deadline + steps, "deadline");
  }

  /** Ends every call in progress, and the connection. */
  close(): void {
    this.#connection.close();
  }

  /** Makes a call with one answer. */
  unary<Q, R>(rpc: Method<Q, R>, request: Partial<Q>, plan: Plan): Promise<R> {
    const message = rpc.encode(request);
    return this.#tries(plan, (channel, rpcOptions, begin) =>
      new Promise<Buffer>((resolve, reject) => {
        const call = channel.makeUnaryRequest(
          rpc.path,
          identity,
          identity,
          message,
          this.#metadata,
          rpcOptions,
          (error: ServiceError | null, answer?: Buffer) =>
            error === null ? resolve(answer as Buffer) : reject(error),
        );
        begin(() => call.cancel());
      }).then(rpc.decode),
    );
  }

  /**
   * Makes a call with any number of answers, each handed to a receiver as it comes. A repetition of the call gets a new
   * receiver.
   */
  stream<Q, R, V>(
    rpc: Method<Q, R>,
    request: Partial<Q>,
    plan: Plan,
    receiver: () => { accept(answer: R): void; finish(): V },
  ): Promise<V> {
    const message = rpc.encode(request);
    return this.#tries(plan, (channel, rpcOptions, begin) => {
      const { accept, finish } = bound(receiver());
      return new Promise<V>((resolve, reject) => {
        const call = channel.makeServerStreamRequest(
          rpc.path,
          identity,
          identity,
          message,
          this.#metadata,
          rpcOptions,
        );
        begin(() => call.cancel());
        // The error is told before the messages that are still in the stream's buffer; its end comes after them.
        let failure: unknown;
        call.on("data", (answer: Buffer) => {
          try {
            accept(rpc.decode(answer));
          } catch (error) {
            failure ??= error;
            call.cancel();
          }
        });
        call.on("error", (error) => {
          failure ??= error;
        });
        call.on("end", () => {
          try {
            if (failure !== undefined) {
              throw failure;
            }
            resolve(finish());
          } catch (error) {
            reject(error);
          }
        });
      });
    });
  }

  /**
   * Opens a stream in both directions for its owner to conduct.
   *
   * @param listener told of every answer, and once of the end, which comes last: of undefined if the server ended the
   *     stream well
   */
  duplex<Q, R>(rpc: Method<Q, R>, listener: Listener<R>): Duplex<Q> {
    this.#requireOpen("stream");
    const { active, channel } = this.#connection;
    const call = untraced(() =>
      channel.makeBidiStreamRequest(rpc.path, identity, identity, this.#metadata, {}),
    );
    const cancel = () => call.cancel();
    active.add(cancel);
    let failure: unknown;
    call.on("data", (answer: Buffer) => {
      try {
        listener.answer(rpc.decode(answer));
      } catch (error) {
        failure ??= error;
        call.cancel();
      }
    });
    call.on("error", (error) => {
      failure ??= error;
    });
    call.on("end", () => {
      active.delete(cancel);
      this.#replaceIfLost(channel, failure);
      listener.end(failure);
    });
    return {
      send: (request) => call.write(rpc.encode(request)),
      finish: () => call.end(),
      cancel: (reason) => {
        failure ??= reason;
        call.cancel();
      },
    };
  }

  /** What to throw for a call that ended in whatever way but well; errors that are not gRPC's stay what they are. */
  failure(error: unknown, operation: string, allowed: number): unknown {
    if (!isServiceError(error)) {
      return error;
    }
    if (this.#connection.closed) {
      return cancelled(operation, undefined, ": the client is closed");
    }
    // A cancellation that did not come from this side is a server that is going down.
    const seen =
      error.code === status.CANCELLED ? serviceError(status.UNAVAILABLE, error.details) : error;
    return translate(seen, { operation, address: this.#connection.address, allowed });
  }

  /**
   * Makes a call, and again after a pause if the connection fails and it may be repeated. A server that says itself that
   * it is unavailable (it is shutting down) is not asked again.
   */
  async #tries<V>(
    plan: Plan,
    call: (channel: Channel, options: RpcOptions, begin: Begin) => Promise<V>,
  ): Promise<V> {
    const allowed = this.allowed(plan.steps ?? 0, plan.options);
    const rpcOptions = Number.isFinite(allowed) ? { deadline: Date.now() + allowed } : {};
    for (let tried = 1; ; tried++) {
      try {
        return await this.#once(plan, allowed, (channel, begin) =>
          call(channel, rpcOptions, begin),
        );
      } catch (error) {
        const again =
          error instanceof UnavailableError && error.reason === "" && plan.repeatable !== false;
        if (!again || tried === TRIES) {
          throw error;
        }
        await pause(PAUSE << (tried - 1));
      }
    }
  }

  async #once<V>(
    { operation, options }: Plan,
    allowed: number,
    call: (channel: Channel, begin: Begin) => Promise<V>,
  ): Promise<V> {
    const signal = options?.signal;
    if (signal?.aborted) {
      throw cancelled(operation, signal.reason);
    }
    this.#requireOpen(operation);
    const { active, channel } = this.#connection;
    let end = () => {};
    try {
      return await call(channel, (cancel) => {
        end = cancel;
        active.add(end);
        signal?.addEventListener("abort", end, { once: true });
      });
    } catch (error) {
      if (signal?.aborted && isServiceError(error) && error.code === status.CANCELLED) {
        throw cancelled(operation, signal.reason);
      }
      this.#replaceIfLost(channel, error);
      throw this.failure(error, operation, allowed);
    } finally {
      active.delete(end);
      signal?.removeEventListener("abort", end);
    }
  }

  /** A call that timed out may have met a connection that is dead without having been closed. */
  #replaceIfLost(channel: Channel, error: unknown): void {
    const lost: number[] = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED];
    if (isServiceError(error) && lost.includes(error.code)) {
      this.#connection.replace(channel);
    }
  }

  #requireOpen(operation: string): void {
    if (this.#connection.closed) {
      throw cancelled(operation, undefined, ": the client is closed");
    }
  }
}

/**
 * Makes a call without a trace of where. gRPC keeps the trace as long as the call lives, and the trace keeps the objects
 * that it leads through: a session could not be collected while its stream is open.
 */
function untraced<V>(call: () => V): V {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function bound<R, V>(receiver: { accept(answer: R): void; finish(): V }) {
  return {
    accept: (answer: R) => receiver.accept(answer),
    finish: () => receiver.finish(),
  };
}

function isServiceError(error: unknown): error is ServiceError {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "number" &&
    "details" in error
  );
}

function requireAccount(name: string): string {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
    throw new RangeError(
      `account must be 1 to 64 characters of A-Z a-z 0-9 . _ -, but is '${name}'`,
    );
  }
  return name;
}
