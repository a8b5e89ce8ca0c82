import { status } from "@grpc/grpc-js";
import type { CallOptions, Calls, Duplex } from "./calls.js";
import { requireWhole } from "./checks.js";
import {
  DeadlineExceededError,
  GaitwayError,
  StepOutOfOrderError,
  StepTimeoutError,
  UnavailableError,
  unusable,
} from "./errors.js";
import {
  EnvironmentServiceDefinition,
  type StepStreamRequest,
  type StepStreamResponse,
} from "./generated/gaitway/v1/environment.js";
import type { HeldSession } from "./held-session.js";
import { method } from "./methods.js";
import type { Session } from "./session.js";
import type { Episodes, Reset, SessionCodec, StepResult } from "./session-codec.js";
import type { Numbers } from "./tensors.js";
import { cancelled, serviceError } from "./translate.js";

type Result = NonNullable<StepStreamResponse["result"]>;

/** A command that was sent and waits for its answer. */
interface Pending {
  /** The stream that the program holds: nobody may take it for dropped before its answers have come. */
  readonly owner: StepStream;
  readonly command: NonNullable<StepStreamRequest["command"]>;
  answer(result: Result): void;
  fail(error: unknown): void;
}

const STEP_STREAM = method(EnvironmentServiceDefinition, "stepStream");

const OPERATION = "step stream";

/** How often a stream attaches again without getting an answer in between. */
const ATTACH_TRIES = 6;

/** Pause before the first of these, ms; doubled before each further one: 6.3 s in all. */
const ATTACH_PAUSE = 100;

/**
 * Steps and resets of a session over one stream, answered in order. A command is sent when its method is called: awaiting
 * each before the next is lock step, which saves most of a call's cost; calling several before awaiting the first lets the
 * round trips overlap as well.
 *
 * A broken connection shows as a pause: the stream attaches to the session again, for up to six seconds without an answer,
 * and gets every answer, for the server keeps those of the last {@link window} commands and carries out none twice.
 *
 * A command that the server refuses ends the stream: the commands before it are answered, those behind it are not carried
 * out and fail with the same error, and the session stays. After any other failure the steps that were not answered may
 * have been carried out: `stepCount` of the session asks the server.
 */
export class StepStream {
  /** The session that is stepped; it lives as long as its stream is used. */
  readonly session: Session;
  /** Most commands that may wait for their answers: those that the session keeps answers of. */
  readonly window: number;
  readonly #codec: SessionCodec;
  readonly #exchange: Exchange;
  #nextStep: number;
  #nextReset: number;

  /** @internal */
  constructor(
    session: Session,
    calls: Calls,
    codec: SessionCodec,
    held: HeldSession,
    options?: CallOptions,
  ) {
    this.session = session;
    this.#codec = codec;
    this.#nextStep = held.step;
    this.#nextReset = held.resets;
    this.window = held.window;
    this.#exchange = new Exchange(calls, held, codec.size, options);
  }

  /** Number of commands sent and not yet answered. */
  get inFlight(): number {
    return this.#exchange.inFlight;
  }

  /**
   * Sends a step of every environment, exactly once.
   *
   * @param us actions, shape (N, nu)
   * @returns its answer, once it has come
   */
  step(us: Numbers): Promise<StepResult> {
    return rejecting(() => this.#sendStep(us));
  }

  /** Sends a reset, of all environments unless it says otherwise. */
  reset(reset: Reset = {}): Promise<Episodes> {
    return rejecting(() => this.#sendReset(reset));
  }
  /**
   * Steps in lock step: each action is computed from the states that the step before has led to.
   *
   * @param states where the environments are, shape (N, nx): those of a reset or of the last step
   * @param steps number of steps
   * @param act actions, shape (N, nu), for the states before step t = 0, 1, …
   */
  async *lockStep(
    states: Float64Array,
    steps: number,
    act: (states: Float64Array, t: number) => Numbers | Promise<Numbers>,
  ): AsyncGenerator<StepResult, void, undefined> {
    requireWhole(steps, "steps", 0, Number.MAX_SAFE_INTEGER);
    let now = states;
    for (let t = 0; t < steps; t++) {
      const result = await this.step(await act(now, t));
      now = result.states;
      yield result;
    }
  }

  /** Ends the stream, after the commands in flight have been carried out. The session stays and knows its step number. */
  close(): Promise<void> {
    return this.#exchange.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #sendStep(us: Numbers): Promise<StepResult> {
    this.#requireRoom();
    const step = this.#nextStep;
    const command = { $case: "step", value: this.#codec.step(step, us) } as const;
    this.#nextStep++;
    return this.#exchange.send(this, command, (result) => {
      if (result.$case !== "step") {
        throw unusable("a step was answered by something else");
      }
      return this.#codec.result(step, result.value);
    });
  }

  #sendReset(reset: Reset): Promise<Episodes> {
    this.#requireRoom();
    const request = { ...this.#codec.reset(reset), expectedReset: BigInt(this.#nextReset) };
    this.#nextReset++;
    return this.#exchange.send(this, { $case: "reset", value: request }, (result) => {
      if (result.$case !== "reset") {
        throw unusable("a reset was answered by something else");
      }
      return this.#codec.episodes(request, result.value);
    });
  }

  #requireRoom(): void {
    this.#exchange.requireOpen();
    if (this.inFlight >= this.window) {
      throw new Error(`${this.inFlight} commands wait for their answers; await some first`);
    }
  }
}

/**
 * The calls behind a stream: when the connection breaks, the next one sends again what is unanswered. It does not know the
 * stream itself, which may be collected while a call is open.
 */
export class Exchange {
  readonly #calls: Calls;
  readonly #held: HeldSession;
  readonly #allowed: number;
  readonly #pending: Pending[] = [];
  readonly #ended: Promise<void>;
  readonly #patience: NodeJS.Timeout | undefined;
  #whenEnded = () => {};
  /** Absent between two calls. */
  #call: Duplex<StepStreamRequest> | undefined;
  /** Set while the next call waits to be opened. */
  #pause: NodeJS.Timeout | undefined;
  #tries = 0;
  #finished = false;
  #failure: unknown;

  /** @param size number of environments that each command moves */
  constructor(calls: Calls, held: HeldSession, size: number, options: CallOptions = {}) {
    this.#calls = calls;
    this.#held = held;
    this.#allowed = calls.allowed(size, options);
    const { signal } = options;
    if (signal?.aborted) {
      throw cancelled(OPERATION, signal.reason);
    }
    const onAbort = () => this.cancel(signal?.reason);
    this.#ended = new Promise((resolve) => {
      this.#whenEnded = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
    });
    this.#call = this.#open();
    held.stream = this;
    signal?.addEventListener("abort", onAbort, { once: true });
    if (Number.isFinite(this.#allowed)) {
      this.#patience = setTimeout(() => this.#lookAtTheClock(), this.#allowed).unref();
    }
  }

  get inFlight(): number {
    return this.#pending.length;
  }

  /** @throws Error if the stream has ended */
  requireOpen(): void {
    if (this.#finished) {
      throw new Error("the stream has ended; open another one", { cause: this.#failure });
    }
  }

  /** Sends a command and gives its answer, once that has come. */
  send<V>(
    owner: StepStream,
    command: NonNullable<StepStreamRequest["command"]>,
    decode: (result: Result) => V,
  ): Promise<V> {
    const answer = new Promise<V>((resolve, reject) => {
      this.#pending.push({
        owner,
        command,
        answer: (result) => resolve(decode(result)),
        fail: reject,
      });
    });
    // Who sends ahead may never look at what is behind a failure; that ends nothing else.
    answer.catch(() => {});
    if (this.#pending.length === 1) {
      this.#patience?.refresh();
    }
    if (this.#call !== undefined) {
      this.#call.send({ command });
    } else if (this.#pause === undefined) {
      this.#attach();
    }
    return answer;
  }

  /** Ends the stream after the commands in flight. */
  async close(): Promise<void> {
    if (!this.#finished) {
      this.#finished = true;
      this.#patience?.refresh();
      if (this.#call !== undefined) {
        this.#call.finish();
      } else if (this.#pending.length === 0) {
        this.#end(undefined);
      }
    }
    await this.#ended;
  }

  /** Ends the stream at once. */
  cancel(reason?: unknown): void {
    this.#giveUp(cancelled(OPERATION, reason));
  }

  #giveUp(reason: unknown): void {
    if (this.#call !== undefined) {
      this.#call.cancel(reason);
    } else {
      this.#end(this.#calls.failure(reason, OPERATION, this.#allowed));
    }
  }

  #open(): Duplex<StepStreamRequest> {
    return this.#calls.duplex(STEP_STREAM, {
      answer: ({ result }) => this.#answer(result),
      end: (error) => this.#callEnded(error),
    });
  }

  /** Opens the next call and sends what is unanswered again. */
  #attach(): void {
    this.#pause = undefined;
    try {
      const call = this.#open();
      this.#call = call;
      for (const { command } of this.#pending) {
        call.send({ command });
      }
      if (this.#finished) {
        call.finish();
      }
    } catch (error) {
      this.#end(error);
    }
  }

  #answer(result: Result | undefined): void {
    const pending = this.#pending[0];
    this.#tries = 0;
    this.#patience?.refresh();
    if (pending === undefined || result === undefined) {
      throw unusable("an answer came that nothing was asked for");
    }
    pending.answer(result);
    this.#pending.shift();
    if (pending.command.$case === "step") {
      this.#held.step++;
    } else {
      this.#held.resets++;
    }
  }

  #callEnded(error: unknown): void {
    const failure =
      error === undefined ? undefined : this.#calls.failure(error, OPERATION, this.#allowed);
    this.#call = undefined;
    if (!(failure instanceof UnavailableError) || this.#tries === ATTACH_TRIES) {
      this.#end(failure);
    } else if (this.#pending.length > 0) {
      this.#pause = setTimeout(() => this.#attach(), ATTACH_PAUSE << this.#tries++);
    } else if (this.#finished) {
      this.#end(undefined);
    }
    // Otherwise the next command attaches.
  }

  #end(error: unknown): void {
    clearTimeout(this.#patience);
    clearTimeout(this.#pause);
    this.#finished = true;
    if (error === undefined && this.#pending.length > 0) {
      this.#failure = unusable("the stream ended without an answer");
    } else {
      const step = this.#pending.some(({ command }) => command.$case === "step");
      this.#failure = step ? stepFailure(error, this.#held.step + 1) : error;
    }
    this.#held.stepUnsure = this.#failure !== undefined;
    this.#held.stream = undefined;
    for (const pending of this.#pending.splice(0)) {
      pending.fail(this.#failure);
    }
    this.#whenEnded();
  }

  #lookAtTheClock(): void {
    if (this.#pending.length > 0 || this.#finished) {
      this.#giveUp(serviceError(status.DEADLINE_EXCEEDED, "no answer in time"));
    }
  }
}

/** Whether a step that ended with this error may have been carried out: only the server's refusal rules that out. */
export function leavesStepUnsure(error: unknown): boolean {
  return (
    !(error instanceof GaitwayError) || error.reason === "" || error instanceof StepOutOfOrderError
  );
}

/** The error of a step: one that says so where the step may have been carried out. */
export function stepFailure(error: unknown, step: number): unknown {
  if (!(error instanceof DeadlineExceededError)) {
    return error;
  }
  const { code, reason, metadata, cause } = error;
  const message = `${error.message}. The step may have been carried out: stepCount() of the session tells`;
  return new StepTimeoutError({ code, reason, message, metadata, cause }, step);
}

/** What a method that never throws makes of one that does. */
function rejecting<V>(call: () => Promise<V>): Promise<V> {
  try {
    return call();
  } catch (error) {
    return Promise.reject(error);
  }
}
