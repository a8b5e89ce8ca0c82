import {
  type Client as Channel,
  Metadata,
  type CallOptions as RpcOptions,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { requireLimit } from "./checks.js";
import { type ChannelOptions, Connection } from "./connection.js";
import type { Endpoint } from "./endpoint.js";
import { GaitwayError, UnauthenticatedError, UnavailableError, unusable } from "./errors.js";
import { UsageServiceDefinition } from "./generated/gaitway/v1/usage.js";
import { type Method, method } from "./methods.js";
import { mismatchOfSilence } from "./mismatch.js";
import { POLICY, pauseAfter } from "./retries.js";
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
  /** Whether it can be made twice without harm; what the contract says of the method unless set. */
  readonly repeatable?: boolean;
  /** How often it is made at most. */
  readonly attempts?: number;
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

const GET_USAGE = method(UsageServiceDefinition, "getUsage");

const identity = (message: Buffer): Buffer => message;

/** Makes calls, with deadlines, repetitions and cancellation, and turns their ends into values and errors. */
export class Calls {
  readonly #connection: Connection;
  readonly #account: string | undefined;

  private constructor(connection: Connection, account: string | undefined) {
    this.#connection = connection;
    this.#account = account === undefined ? undefined : requireAccount(account);
  }

  /** Opens a connection; it connects with its first call. */
  static open(endpoint: Endpoint, options: ChannelOptions): Calls {
    return new Calls(new Connection(endpoint, options), options.account);
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
    return this.#tries(plan, rpc.repeatable, (channel, rpcOptions, begin) =>
      new Promise<Buffer>((resolve, reject) => {
        const call = channel.makeUnaryRequest(
          rpc.path,
          identity,
          identity,
          message,
          this.#headers(),
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
    return this.#tries(plan, rpc.repeatable, (channel, rpcOptions, begin) => {
      const { accept, finish } = bound(receiver());
      return new Promise<V>((resolve, reject) => {
        const call = channel.makeServerStreamRequest(
          rpc.path,
          identity,
          identity,
          message,
          this.#headers(),
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
    const { active, channel, secret } = this.#connection;
    const call = untraced(() =>
      channel.makeBidiStreamRequest(rpc.path, identity, identity, this.#headers(), {}),
    );
    const cancel = () => call.cancel();
    active.add(cancel);
    let failure: unknown;
    call.on("data", (answer: Buffer) => {
      this.#connection.answered = true;
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
      if (isServiceError(failure) && failure.code === status.UNAUTHENTICATED) {
        this.#connection.replacesToken(secret);
      }
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

  /**
   * What to throw for a call that ended in whatever way but well; errors that are not gRPC's stay what they are.
   *
   * @param late whether its deadline has passed
   */
  failure(error: unknown, operation: string, allowed: number, late = false): unknown {
    if (!isServiceError(error)) {
      return error;
    }
    if (this.#connection.closed) {
      return cancelled(operation, undefined, ": the client is closed");
    }
    // A cancellation that did not come from this side is a server whose clock went off first, or one that is going down.
    const cause = late ? status.DEADLINE_EXCEEDED : status.UNAVAILABLE;
    const seen = error.code === status.CANCELLED ? serviceError(cause, error.details) : error;
    return translate(seen, { operation, endpoint: this.#connection.endpoint, allowed });
  }

  /**
   * Waits before another attempt, if the failure of the last one allows it; else throws what there is to throw.
   *
   * @param made attempts made so far
   * @param rule whether the call may be made twice without harm, and when waiting would be in vain, ms
   */
  async beforeAnother(
    error: unknown,
    made: number,
    rule: {
      readonly repeatable: boolean;
      readonly until?: number;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<void> {
    const connection = this.#connection;
    if (!(error instanceof GaitwayError)) {
      throw error;
    }
    const { repeatable, until = Number.POSITIVE_INFINITY, signal } = rule;
    const { answered, closed } = connection;
    const pause = pauseAfter(error, made, { repeatable, answered });
    if (pause === undefined || closed || Date.now() + pause > until) {
      throw await this.#explained(error);
    }
    await this.#pause(pause, signal);
  }

  /** Waits; aborting or closing ends it. */
  #pause(millis: number, signal: AbortSignal | undefined): Promise<void> {
    const { active } = this.#connection;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        active.delete(end);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, millis);
      active.add(end);
      signal?.addEventListener("abort", end, { once: true });
    });
  }

  /** A failure, or what is known of a server that never said a word. */
  async #explained(error: GaitwayError): Promise<GaitwayError> {
    const { answered, endpoint } = this.#connection;
    if (answered || !(error instanceof UnavailableError) || /REFUSED|ENOENT/.test(error.message)) {
      return error;
    }
    const message = await mismatchOfSilence(error.message, endpoint);
    return message === undefined ? error : new UnavailableError({ ...error, message });
  }

  /**
   * Makes a call, and again after a pause if the server was not reached, or refused it for now: as {@link pauseAfter} says,
   * if it may be made twice without harm or cannot have been carried out. A token that the server refuses is read again,
   * once.
   */
  async #tries<V>(
    plan: Plan,
    repeatableByContract: boolean,
    call: (channel: Channel, options: RpcOptions, begin: Begin) => Promise<V>,
  ): Promise<V> {
    const allowed = this.allowed(plan.steps ?? 0, plan.options);
    const rpcOptions = Number.isFinite(allowed) ? { deadline: Date.now() + allowed } : {};
    const rule = {
      repeatable: plan.repeatable ?? repeatableByContract,
      until: rpcOptions.deadline ?? Number.POSITIVE_INFINITY,
      signal: plan.options?.signal,
    };
    const attempts = plan.attempts ?? POLICY.maxAttempts;
    let renewed = false;
    for (let made = 1; ; ) {
      const { secret } = this.#connection;
      try {
        return await this.#once(plan, allowed, (channel, begin) =>
          call(channel, rpcOptions, begin),
        );
      } catch (error) {
        if (error instanceof UnauthenticatedError && !renewed) {
          renewed = this.#connection.replacesToken(secret);
          if (renewed) {
            continue;
          }
        }
        if (made >= attempts) {
          throw error;
        }
        await this.beforeAnother(error, made, rule);
        made++;
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
    const until = Date.now() + allowed;
    let end = () => {};
    try {
      const result = await call(channel, (cancel) => {
        end = cancel;
        active.add(end);
        signal?.addEventListener("abort", end, { once: true });
      });
      this.#connection.answered = true;
      return result;
    } catch (error) {
      if (signal?.aborted && isServiceError(error) && error.code === status.CANCELLED) {
        throw cancelled(operation, signal.reason);
      }
      this.#replaceIfLost(channel, error);
      throw this.failure(error, operation, allowed, Date.now() >= until);
    } finally {
      active.delete(end);
      signal?.removeEventListener("abort", end);
    }
  }

  /** The headers of a call. */
  #headers(): Metadata {
    const metadata = new Metadata();
    if (this.#account !== undefined) {
      metadata.set("gaitway-account", this.#account);
    }
    const { secret } = this.#connection;
    if (secret !== undefined) {
      metadata.set("authorization", `Bearer ${secret}`);
    }
    return metadata;
  }

  /** A call that timed out may have met a connection that is dead without having been closed. */
  #replaceIfLost(channel: Channel, error: unknown): void {
    const lost: number[] = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED];
    if (isServiceError(error) && lost.includes(error.code)) {
      this.#connection.replace(channel);
    } else if (isServiceError(error) && error.code !== status.CANCELLED) {
      this.#connection.answered = true;
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
