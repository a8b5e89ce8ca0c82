import { requireSeeds, shown } from "./checks.js";
import type { EnvironmentInfo } from "./environment.js";
import { unusable } from "./errors.js";
import {
  type Autoreset as AutoresetMessage,
  AutoresetMode,
  BoundsMode,
  type ResetRequest,
  type ResetResponse,
  type StepRequest,
  type StepResponse,
} from "./generated/gaitway/v1/environment.js";
import type { Duration } from "./generated/google/protobuf/duration.js";
import {
  decodeFlags,
  decodeNumbers,
  decodeOptionalFlags,
  encodeExactly,
  encodeFlags,
  type Flags,
  type Numbers,
  wrongLength,
} from "./tensors.js";
import { Words } from "./words.js";

/**
 * What a session does with an environment whose episode is over: `next-step` ignores its next action and starts the next
 * episode instead, `same-step` starts it in the step that ends the old one, `disabled` refuses steps until a reset.
 */
export type Autoreset = "next-step" | "same-step" | "disabled";

/** What a session does with an action entry outside its bounds: refuses the step, or moves the entry to the bound. */
export type Bounds = "reject" | "clip";

/** Which environments of a session start a new episode, and from where. */
export interface Reset {
  /** Which environments to reset, shape (N); absent for all. */
  readonly mask?: Flags;
  /**
   * Seeds to put in force, shape (N), those outside the mask ignored; absent to go on to the next episode of the seeds in
   * force.
   */
  readonly seeds?: readonly bigint[];
  /** Initial states instead of drawn ones, shape (N, nx), rows outside the mask ignored. */
  readonly states?: Numbers;
}

/** The environments of a session after a reset. */
export interface Episodes {
  /** State of every environment, reset or not, shape (N, nx). */
  readonly states: Float64Array;
  /** Seed in force of every environment, shape (N). */
  readonly seeds: readonly bigint[];
  /** Episode number of every environment, shape (N); 2^64 − 1 where there was no reset yet. */
  readonly episodes: readonly bigint[];
}

/** What one control step did to the N environments of a session. Truth values are 0 or 1. */
export interface StepResult {
  /** Number of steps that the session has carried out, this one included. */
  readonly step: number;
  /**
   * State of every environment, shape (N, nx). Where the simulation diverged, the state before the step; where the step
   * itself reset, the new episode's initial state.
   */
  readonly states: Float64Array;
  /** Running costs of the step, shape (N); not multiplied by dt. */
  readonly costs: Float64Array;
  /** Sums of the environment's reward terms, shape (N); absent where it has none, and the reward is minus the cost. */
  readonly rewards?: Float64Array;
  /** Whether the task's failure condition holds, shape (N). */
  readonly terminated: Uint8Array;
  /** Whether the episode ended for another reason (time limit, divergence), shape (N). */
  readonly truncated: Uint8Array;
  /** Whether the simulation diverged in this step, shape (N). */
  readonly diverged: Uint8Array;
  /** Whether an action entry was clipped to its bounds, shape (N). */
  readonly clipped: Uint8Array;
  /** The environments that autoreset put into a new episode in this step. */
  readonly resets: readonly NewEpisode[];
}

/** An episode that autoreset started. */
export interface NewEpisode {
  /** Index of the environment. */
  readonly environment: number;
  /** Seed in force. */
  readonly seed: bigint;
  /** Number of the episode. */
  readonly episode: bigint;
  /** Last state of the episode that ended, shape (nx); only where the session resets in the same step. */
  readonly finalState?: Float64Array;
}

export const AUTORESETS = new Words<Autoreset>({
  "next-step": AutoresetMode.NEXT_STEP,
  "same-step": AutoresetMode.SAME_STEP,
  disabled: AutoresetMode.DISABLED,
});

/** Longest time that a message can hold, s: ten thousand years. */
const MAX_DURATION = 315_576_000_000;

export const BOUNDS = new Words<Bounds>({ reject: BoundsMode.REJECT, clip: BoundsMode.CLIP });

/**
 * A time as messages have it.
 *
 * @param name the argument, for the message
 * @throws RangeError if it is not positive
 */
export function duration(time: number, name: string): Duration {
  if (!(time > 0 && time <= MAX_DURATION)) {
    throw new RangeError(
      `${name} must be above 0 s and at most ${MAX_DURATION} s, but is ${shown(time)}`,
    );
  }
  const whole = Math.trunc(time);
  return { seconds: BigInt(whole), nanos: Math.min(Math.round((time - whole) * 1e9), 999_999_999) };
}

/** A time of a message, s. */
export function seconds(time: Duration | undefined): number {
  return time === undefined ? 0 : Number(time.seconds) + time.nanos / 1e9;
}

/** Turns the commands to one session into messages and their answers into results. */
export class SessionCodec {
  readonly id: string;
  /** Number of environments N. */
  readonly size: number;
  readonly #nx: number;
  readonly #nu: number;
  readonly #rewarded: boolean;
  readonly #autoreset: Autoreset;

  constructor(
    id: string,
    size: number,
    { nx, nu, rewardTerms }: EnvironmentInfo,
    autoreset: Autoreset,
  ) {
    this.id = id;
    this.size = size;
    this.#nx = nx;
    this.#nu = nu;
    this.#rewarded = rewardTerms.length > 0;
    this.#autoreset = autoreset;
  }

  step(expectedStep: number, us: Numbers): StepRequest {
    return {
      sessionId: this.id,
      expectedStep: BigInt(expectedStep),
      actions: encodeExactly(us, "us", [this.size, this.#nu]),
      withCostTerms: false,
    };
  }

  reset({ mask, seeds, states }: Reset): ResetRequest {
    const given = seeds === undefined ? [] : requireSeeds(seeds, "seeds");
    if (seeds !== undefined && given.length !== this.size) {
      throw wrongLength("seeds", [this.size], given.length);
    }
    return {
      sessionId: this.id,
      mask: mask === undefined ? undefined : encodeFlags(mask, "mask", this.size),
      seeds: given,
      states:
        states === undefined ? undefined : encodeExactly(states, "states", [this.size, this.#nx]),
    };
  }

  /**
   * The answer to a reset.
   *
   * @throws GaitwayError if it is of another size, or of other seeds than were asked for
   */
  episodes({ mask, seeds }: ResetRequest, response: ResetResponse): Episodes {
    const N = this.size;
    if (response.seeds.length !== N || response.episodes.length !== N) {
      throw unusable(
        `it has ${response.seeds.length} seeds and ${response.episodes.length} episodes of ${N} environments`,
      );
    }
    for (const [i, seed] of seeds.entries()) {
      const reset = mask === undefined || mask.data[i] === 1;
      if (reset && response.seeds[i] !== seed) {
        throw unusable(`environment ${i} has the seed ${response.seeds[i]}, not ${seed}`);
      }
    }
    return {
      states: decodeNumbers(response.states, "states", [N, this.#nx]),
      seeds: response.seeds,
      episodes: response.episodes,
    };
  }

  /**
   * The answer to a step.
   *
   * @throws GaitwayError if it is of another size, or of another step
   */
  result(expectedStep: number, response: StepResponse): StepResult {
    const N = this.size;
    if (Number(response.step) !== expectedStep + 1) {
      throw unusable(`it is of step ${response.step}, not ${expectedStep + 1}`);
    }
    return {
      step: expectedStep + 1,
      states: decodeNumbers(response.states, "states", [N, this.#nx]),
      costs: decodeNumbers(response.costs, "costs", [N]),
      ...(this.#rewarded ? { rewards: decodeNumbers(response.rewards, "rewards", [N]) } : {}),
      terminated: decodeFlags(response.terminated, "terminated", N),
      truncated: decodeFlags(response.truncated, "truncated", N),
      diverged: decodeOptionalFlags(response.diverged, "diverged", N),
      clipped: decodeOptionalFlags(response.clipped, "clipped", N),
      resets: response.resets.map((reset) => this.#newEpisode(reset)),
    };
  }

  #newEpisode({ finalState, ...reset }: AutoresetMessage): NewEpisode {
    if (reset.environment < 0 || reset.environment >= this.size) {
      throw unusable(`it resets environment ${reset.environment} of ${this.size}`);
    }
    return this.#autoreset === "same-step"
      ? { ...reset, finalState: decodeNumbers(finalState, "final_state", [this.#nx]) }
      : reset;
  }
}
