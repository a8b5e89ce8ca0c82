import { setTimeout as pause } from "node:timers/promises";
import {
  Client as Channel,
  credentials,
  Metadata,
  type CallOptions as RpcOptions,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { Address } from "./address.js";
import { requireWhole } from "./checks.js";
import { UnavailableError, unusable } from "./errors.js";
import { UsageServiceDefinition } from "./generated/gaitway/v1/usage.js";
import { type Method, method } from "./methods.js";
import { cancelled, serviceError, translate } from "./translate.js";
import type { Usage } from "./usage.js";
import { version } from "./version.js";

/** Settings of one call. */
export interface CallOptions {
  /** Aborting it ends the call with a {@link CancelledError}. */
  readonly signal?: AbortSignal;
  /** How long the call may take, ms, instead of what the client allows; 0 for no limit. */
  readonly deadline?: number;
}

/** Settings of a connection. */
export interface ChannelOptions {
  /**
   * How long a call may take, ms; 30 000 unless set, 0 for no limit. A call that simulates may take one millisecond more
   * per control step that it asks for, which is hundreds of times what a step takes on an idle server.
   */
  readonly deadline?: number;
  /** Largest message taken from a server, bytes; 64 MiB unless set. */
  readonly maxMessageBytes?: number;
  /**
   * Name under which the server counts what this client has it do: 1 to 64 characters of `A-Z a-z 0-9 . _ -`. Nothing is
   * counted unless set.
   */
  readonly account?: string;
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

/** Bytes in flight before the server must wait; above the size of a linearisation of a few hundred knots. */
const FLOW_CONTROL_WINDOW = 4 << 20;

const GET_USAGE = method(UsageServiceDefinition, "getUsage");

const identity = (message: Buffer): Buffer => message;

/** The connection, which all accounts of one client share. */
class Connection {
  readonly channel: Channel;
  readonly address: Address;
  readonly deadline: number;
  /** Ends a call; one for each that is in progress. */
  readonly active = new Set<() => void>();
  closed = false;

  constructor(address: Address, options: ChannelOptions) {
    this.address = address;
    this.deadline = duration(options.deadline ?? 30_000, "deadline");
    const maxMessageBytes = options.maxMessageBytes ?? 64 << 20;
    requireWhole(maxMessageBytes, "maxMessageBytes", 1);
    this.channel = new Channel(address.target, credentials.createInsecure(), {
      "grpc.primary_user_agent": `gaitway-typescript/${version}`,
      "grpc.max_receive_message_length": maxMessageBytes,
      "grpc.max_send_message_length": -1,
      "grpc.enable_retries": 0,
      "grpc.enable_http_proxy": 0,
      "grpc.service_config_disable_resolution": 1,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": PAUSE,
      "grpc.max_reconnect_backoff_ms": 1000,
      "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
    });
  }
}

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
      throw unusable("it holds no counts");
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

  /** Time for a call that simulates so many control steps, ms; 0 for no limit. */
  allowed(steps: number, options?: CallOptions): number {
    if (options?.deadline !== undefined) {
      return duration(options.deadline, "deadline");
    }
    const { deadline } = this.#connection;
    return deadline === 0 ? 0 : deadline + steps;
  }

  /** Ends every call in progress, and the connection. */
  close(): void {
    this.#connection.closed = true;
    for (const end of [...this.#connection.active]) {
      end();
    }
    this.#connection.channel.close();
  }

  /** Makes a call with one answer. */
  unary<Q, R>(rpc: Method<Q, R>, request: Partial<Q>, plan: Plan): Promise<R> {
    return this.#tries(rpc.encode(request), plan, (message, rpcOptions, begin) =>
      new Promise<Buffer>((resolve, reject) => {
        const call = this.#connection.channel.makeUnaryRequest(
          rpc.path,
          identity,
          identity,
          message,
          this.#metadata,
          rpcOptions,
          (error: ServiceError | null, answer?: Buffer) =>
            error === null && answer !== undefined ? resolve(answer) : reject(error),
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
    return this.#tries(rpc.encode(request), plan, (message, rpcOptions, begin) => {
      const { accept, finish } = bound(receiver());
      return new Promise<V>((resolve, reject) => {
        const call = this.#connection.channel.makeServerStreamRequest(
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
    const call = channel.makeBidiStreamRequest(rpc.path, identity, identity, this.#metadata, {});
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
      return cancelled(`${operation} of a closed client`);
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
    message: Buffer,
    plan: Plan,
    call: (message: Buffer, options: RpcOptions, begin: (end: () => void) => void) => Promise<V>,
  ): Promise<V> {
    const allowed = this.allowed(plan.steps ?? 0, plan.options);
    const rpcOptions = allowed === 0 ? {} : { deadline: Date.now() + allowed };
    for (let tried = 1; ; tried++) {
      try {
        return await this.#once(plan, allowed, (begin) => call(message, rpcOptions, begin));
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
    call: (begin: (end: () => void) => void) => Promise<V>,
  ): Promise<V> {
    const signal = options?.signal;
    if (signal?.aborted) {
      throw cancelled(operation, signal.reason);
    }
    this.#requireOpen(operation);
    const { active } = this.#connection;
    let end = () => {};
    try {
      return await call((cancel) => {
        end = cancel;
        active.add(end);
        signal?.addEventListener("abort", end, { once: true });
      });
    } catch (error) {
      if (signal?.aborted && isServiceError(error) && error.code === status.CANCELLED) {
        throw cancelled(operation, signal.reason);
      }
      throw this.failure(error, operation, allowed);
    } finally {
      active.delete(end);
      signal?.removeEventListener("abort", end);
    }
  }

  #requireOpen(operation: string): void {
    if (this.#connection.closed) {
      throw cancelled(`${operation} of a closed client`);
    }
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

function duration(millis: number, name: string): number {
  if (!(millis >= 0 && millis < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name} is ${millis} ms; it must be 0 (no limit) or more`);
  }
  return millis;
}

function requireAccount(name: string): string {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
    throw new RangeError(
      `account is '${name}'; it must be 1 to 64 characters of A-Z a-z 0-9 . _ -`,
    );
  }
  return name;
}
