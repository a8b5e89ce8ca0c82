import { status } from "@grpc/grpc-js";
import type { Calls, Duplex } from "./calls.js";
import { unusable } from "./errors.js";
import {
  EnvironmentServiceDefinition,
  type StepStreamRequest,
  type StepStreamResponse,
} from "./generated/gaitway/v1/environment.js";
import { method } from "./methods.js";
import type { Episodes, Reset, SessionCodec, StepResult } from "./session-codec.js";
import type { Numbers } from "./tensors.js";
import { serviceError } from "./translate.js";

type Result = NonNullable<StepStreamResponse["result"]>;

/** A command that was sent and waits for its answer. */
interface Pending {
  answer(result: Result): void;
  fail(error: unknown): void;
}

const STEP_STREAM = method(EnvironmentServiceDefinition, "stepStream");

/**
 * Steps and resets of a session over one stream, answered in order. A command is sent when its method is called: awaiting
 * each before the next is lock step, which saves most of a call's cost; calling several before awaiting the first lets the
 * round trips overlap as well.
 *
 * A command that the server refuses ends the stream: the commands before it are answered, those behind it are not carried
 * out and fail with the same error, and the session stays.
 */
export class StepStream {
  /** Most commands that may wait for their answers. */
  static readonly MAX_IN_FLIGHT = 1024;

  readonly #codec: SessionCodec;
  readonly #call: Duplex<StepStreamRequest>;
  readonly #pending: Pending[] = [];
  readonly #ended: Promise<void>;
  readonly #patience: NodeJS.Timeout | undefined;
  #nextStep: number;
  #finished = false;
  #failure: unknown;

  /**
   * @param step number of steps that the session has carried out
   * @param onEnd told the number of steps, and whether that is unsure because the stream failed
   * @internal
   */
  constructor(
    calls: Calls,
    codec: SessionCodec,
    step: number,
    onEnd: (step: number, unsure: boolean) => void,
  ) {
    this.#codec = codec;
    this.#nextStep = step;
    const allowed = calls.allowed(codec.size);
    let ended = () => {};
    this.#ended = new Promise((resolve) => {
      ended = resolve;
    });
    this.#call = calls.duplex(STEP_STREAM, {
      answer: ({ result }) => this.#answer(result),
      end: (error) => {
        clearTimeout(this.#patience);
        this.#finished = true;
        if (error !== undefined) {
          this.#failure = calls.failure(error, "step stream", allowed);
        } else if (this.#pending.length > 0) {
          this.#failure = unusable("the stream ended without an answer");
        }
        onEnd(this.#nextStep, this.#failure !== undefined);
        for (const pending of this.#pending.splice(0)) {
          pending.fail(this.#failure);
        }
        ended();
      },
    });
    if (allowed > 0) {
      this.#patience = setTimeout(() => this.#lookAtTheClock(), allowed).unref();
    }
  }

  /** Number of commands sent and not yet answered. */
  get inFlight(): number {
    return this.#pending.length;
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
    let now = states;
    for (let t = 0; t < steps; t++) {
      const result = await this.step(await act(now, t));
      now = result.states;
      yield result;
    }
  }

  /** Ends the stream, after the commands in flight have been carried out. The session stays and knows its step number. */
  async close(): Promise<void> {
    if (!this.#finished) {
      this.#finished = true;
      this.#patience?.refresh();
      this.#call.finish();
    }
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #sendStep(us: Numbers): Promise<StepResult> {
    this.#requireRoom();
    const step = this.#codec.step(this.#nextStep, us);
    const answer = this.#send({ $case: "step", value: step }, (result) => {
      if (result.$case !== "step") {
        throw unusable("a step was answered by something else");
      }
      return this.#codec.result(result.value);
    });
    this.#nextStep++;
    return answer;
  }

  #sendReset(reset: Reset): Promise<Episodes> {
    this.#requireRoom();
    return this.#send({ $case: "reset", value: this.#codec.reset(reset) }, (result) => {
      if (result.$case !== "reset") {
        throw unusable("a reset was answered by something else");
      }
      return this.#codec.episodes(result.value);
    });
  }

  #send<V>(command: StepStreamRequest["command"], decode: (result: Result) => V): Promise<V> {
    this.#call.send({ command });
    const answer = new Promise<V>((resolve, reject) => {
      this.#pending.push({
        answer: (result) => resolve(decode(result)),
        fail: reject,
      });
    });
    // Who sends ahead may never look at what is behind a failure; that ends nothing else.
    answer.catch(() => {});
    if (this.#pending.length === 1) {
      this.#patience?.refresh();
    }
    return answer;
  }

  #answer(result: Result | undefined): void {
    const pending = this.#pending.shift();
    this.#patience?.refresh();
    if (pending === undefined || result === undefined) {
      throw unusable("an answer came that nothing was asked for");
    }
    try {
      pending.answer(result);
    } catch (error) {
      pending.fail(error);
      throw error;
    }
  }

  #lookAtTheClock(): void {
    if (this.#pending.length > 0 || this.#finished) {
      this.#call.cancel(serviceError(status.DEADLINE_EXCEEDED, "no answer in time"));
    }
  }

  #requireRoom(): void {
    if (this.#finished) {
      throw new Error("the stream has ended; open another one", { cause: this.#failure });
    }
    if (this.#pending.length >= StepStream.MAX_IN_FLIGHT) {
      throw new Error(`${this.#pending.length} commands wait for their answers; await some first`);
    }
  }
}

/** What a method that never throws makes of one that does. */
function rejecting<V>(call: () => Promise<V>): Promise<V> {
  try {
    return call();
  } catch (error) {
    return Promise.reject(error);
  }
}
