import { type CallOptions, Calls, type Duplex } from "./calls.js";
import { optionalCount } from "./checks.js";
import { parseEndpoint } from "./endpoint.js";
import { type EnvironmentInfo, environmentInfo, type Parameters } from "./environment.js";
import { unusable } from "./errors.js";
import {
  ControllerFault as ControllerFaultValue,
  type ControlRequest,
  type ControlTask,
  EpisodeOutcome as EpisodeOutcomeValue,
  type EpisodeResult as EpisodeResultMessage,
  type Evaluation as EvaluationMessage,
  EvaluationServiceDefinition,
  type RoundStates,
  type Score,
  type Suite as SuiteMessage,
} from "./generated/gaitway/v1/evaluation.js";
import { method } from "./methods.js";
import { duration, seconds } from "./session-codec.js";
import { decodeNumbers, encodeExactly, type Numbers, requireLittleEndian } from "./tensors.js";
import { cancelled } from "./translate.js";
import { Words } from "./words.js";

export type { Score };

/** A fixed set of episodes. Results of equal digests can be compared. */
export interface Suite {
  /** Such as `walker-disturbed`. */
  readonly id: string;
  /** What it asks of a controller, for people. */
  readonly description: string;
  /** The environments that the episodes run in, in turns, all of the same sizes. */
  readonly environments: readonly {
    readonly id: string;
    readonly parameters: Parameters;
    readonly modelDigest: string;
  }[];
  /** Version of them all. */
  readonly environmentVersion: string;
  /** Control steps of an episode. */
  readonly horizon: number;
  /** Number of episodes. */
  readonly episodes: number;
  /** Seed of the initial states and disturbances. */
  readonly seed: bigint;
  /** Standard deviation of a normal disturbance that is added to every entry of the initial state, in its unit. */
  readonly initialStateStd: number;
  /** Shortest time that an evaluation may allow for the answer to a round, s. */
  readonly minActionDeadline: number;
  /** Longest time that an evaluation may allow for the answer to a round, s. */
  readonly maxActionDeadline: number;
  /** SHA-256 (hex) over everything that the course and the score of its episodes depend on. */
  readonly digest: string;
}

/** One controller's way through a suite. */
export interface Evaluation {
  /** Its name and key: whoever knows it may control it. Empty on the leaderboard, but for who may remove it. */
  readonly id: string;
  /** The suite. */
  readonly suite: Suite;
  /** Name of the controller. */
  readonly controller: string;
  /** What it is, for people. */
  readonly description: string;
  /** Time for the answer to a round, s. */
  readonly actionDeadline: number;
  /** Most episodes in a round. */
  readonly parallel: number;
  /** When it was opened. */
  readonly createTime?: Date;
  /** When its last episode ended; absent as long as it goes on. */
  readonly endTime?: Date;
  /** How many times a controller has attached. */
  readonly attachments: number;
  /** The score of the episodes finished so far; absent before the first. */
  readonly score?: Score;
}

/** How an episode ended; `diverged` is a fault of the environment and is left out of the score. */
export type EpisodeOutcome = "completed" | "terminated" | "diverged";

/** What a controller did wrong; from then on its episode runs with zero actions. */
export type ControllerFault =
  | "none"
  | "deadline-missed"
  | "non-finite-action"
  | "malformed-actions"
  | "out-of-turn";

/** One finished episode. */
export interface EpisodeResult {
  /** Its number, from 0. */
  readonly episode: number;
  /** How it ended. */
  readonly outcome: EpisodeOutcome;
  /** What the controller did wrong. */
  readonly fault: ControllerFault;
  /** The fault in words; empty if there is none. */
  readonly faultDetail: string;
  /** Control steps completed. */
  readonly steps: number;
  /** Steps for which the controller's actions were asked, and taken. */
  readonly controlledSteps: number;
  /** Steps in which an action entry was clipped to its bounds. */
  readonly clipped: number;
  /** What a rollout of the same actions costs; +∞ if the simulation diverged. */
  readonly cost: number;
  /** SHA-256 (hex) of states, actions as applied, and costs, as of a rollout. */
  readonly digest: string;
  /** How many times it was begun: more than once if the server ended in between. */
  readonly beginnings: number;
}

/** States of n episodes that ask for actions. */
export interface Round {
  /** What is to be controlled, with the parameters of the suite's first variant. */
  readonly environment: EnvironmentInfo;
  /** The evaluation, as it was when this controller attached. */
  readonly evaluation: Evaluation;
  /** Numbers of the episodes, ascending; n of them. */
  readonly episodes: readonly number[];
  /** Control steps since each episode's start; 0 tells a controller with memory to clear it. n of them. */
  readonly steps: readonly number[];
}

/**
 * A controller under evaluation: actions, shape (n, nu), for states, shape (n, nx). Entries out of bounds are clipped; one
 * that is not finite costs the episode, and so does an answer that comes too late.
 */
export type Act = (states: Float64Array, n: number, round: Round) => Numbers | Promise<Numbers>;

/** Settings of a new evaluation. */
export interface EvaluationOptions extends CallOptions {
  /** What the controller is, for people; at most 1000 characters. */
  readonly description?: string;
  /** Time that the controller has for the answer to a round, s; 1 unless set. */
  readonly actionDeadline?: number;
  /** Most episodes in a round; all of them unless set. */
  readonly parallel?: number;
}

/** Settings of the control of an evaluation. */
export interface ControlOptions {
  /** Aborting it gives control up; the evaluation stays, for another attachment. */
  readonly signal?: AbortSignal;
  /** Told of every episode as it ends. */
  readonly onResult?: (result: EpisodeResult) => void;
}

const LIST_SUITES = method(EvaluationServiceDefinition, "listSuites");
const CREATE = method(EvaluationServiceDefinition, "createEvaluation");
const CONTROL = method(EvaluationServiceDefinition, "control");
const GET = method(EvaluationServiceDefinition, "getEvaluation");
const REMOVE = method(EvaluationServiceDefinition, "removeEvaluation");
const LIST = method(EvaluationServiceDefinition, "listEvaluations");

const OUTCOMES = new Words<EpisodeOutcome>({
  completed: EpisodeOutcomeValue.COMPLETED,
  terminated: EpisodeOutcomeValue.TERMINATED,
  diverged: EpisodeOutcomeValue.DIVERGED,
});

const FAULTS = new Words<ControllerFault>({
  none: ControllerFaultValue.UNSPECIFIED,
  "deadline-missed": ControllerFaultValue.DEADLINE_MISSED,
  "non-finite-action": ControllerFaultValue.NON_FINITE_ACTION,
  "malformed-actions": ControllerFaultValue.MALFORMED_ACTIONS,
  "out-of-turn": ControllerFaultValue.OUT_OF_TURN,
});

/** Fair comparison of controllers: the server drives the episodes of a suite and computes the score. */
export class Evaluations {
  readonly #calls: Calls;

  /** @internal */
  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** The suites, sorted by id. */
  async suites(options?: CallOptions): Promise<Suite[]> {
    const plan = { operation: "list of suites", options };
    const { suites } = await this.#calls.unary(LIST_SUITES, {}, plan);
    return suites.map(suite);
  }

  /**
   * Opens an evaluation; no episode begins before somebody takes control.
   *
   * @param suite the suite's id
   * @param controller name of the controller on the leaderboard, 1 to 64 printable characters
   * @throws NotFoundError if there is no such suite
   */
  async create(
    suite: string,
    controller: string,
    options: EvaluationOptions = {},
  ): Promise<Evaluation> {
    const { actionDeadline } = options;
    const response = await this.#calls.unary(
      CREATE,
      {
        suite,
        controller,
        description: options.description ?? "",
        actionDeadline:
          actionDeadline === undefined ? undefined : duration(actionDeadline, "actionDeadline"),
        parallel: optionalCount(options.parallel, "parallel"),
      },
      { operation: "new evaluation", options },
    );
    const created = evaluation(response.evaluation);
    if (created.suite.id !== suite) {
      throw unusable(`it evaluates in ${created.suite.id}, but ${suite} was asked for`);
    }
    return created;
  }

  /** An evaluation and the episodes that it has finished so far, by number. */
  async get(
    id: string,
    options?: CallOptions,
  ): Promise<{ evaluation: Evaluation; episodes: EpisodeResult[] }> {
    const plan = { operation: "description of an evaluation", options };
    const response = await this.#calls.unary(GET, { evaluationId: id }, plan);
    if (response.evaluation?.id !== id) {
      throw unusable(`it describes another evaluation than ${id}`);
    }
    return {
      evaluation: evaluation(response.evaluation),
      episodes: response.episodes.map(episodeResult),
    };
  }

  /**
   * Removes an evaluation that has ended; only for who may do all on the server.
   *
   * @throws PermissionDeniedError if the caller is no admin
   */
  async remove(id: string, options?: CallOptions): Promise<void> {
    const plan = { operation: "removal of an evaluation", options };
    await this.#calls.unary(REMOVE, { evaluationId: id }, plan);
  }

  /** Finished evaluations by suite, the best first. They come in parts; this fetches all of them. */
  async leaderboard(suite = "", options?: CallOptions): Promise<Evaluation[]> {
    const plan = { operation: "leaderboard", options };
    const found: Evaluation[] = [];
    const asked = new Set<string>();
    let pageToken = "";
    do {
      if (asked.has(pageToken)) {
        throw unusable("the leaderboard does not end: a page was given twice");
      }
      asked.add(pageToken);
      const page = await this.#calls.unary(LIST, { suite, pageToken }, plan);
      found.push(...page.evaluations.map(evaluation));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return found;
  }

  /**
   * Controls an evaluation until its last episode has ended. When the connection breaks it attaches again, and is asked for
   * the same round again.
   *
   * @returns the episodes that ended meanwhile, in the order in which they did
   * @throws FailedPreconditionError if the controller was at fault (`reason` is `CONTROLLER_FAULT`; attaching again goes on
   *     with the episodes that are left), or no episodes are left (`EVALUATION_OVER`)
   * @throws GaitwayError with the reason `CONTROL_TAKEN_OVER` if somebody else has attached
   * @throws whatever `act` throws
   */
  async control(id: string, act: Act, options: ControlOptions = {}): Promise<EpisodeResult[]> {
    const results: EpisodeResult[] = [];
    const onResult = (result: EpisodeResult) => {
      results.push(result);
      options.onResult?.(result);
    };
    let tried = 0;
    let latest = -1n;
    const onRound = (round: bigint) => {
      tried = round === latest ? tried : 0;
      latest = round;
    };
    for (;;) {
      try {
        await this.#attach(id, act, { onResult, onRound }, options.signal);
        return results;
      } catch (error) {
        tried++;
        await this.#calls.beforeAnother(error, tried, { repeatable: true, signal: options.signal });
      }
    }
  }

  #attach(
    id: string,
    act: Act,
    listener: { onResult(result: EpisodeResult): void; onRound(round: bigint): void },
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const operation = "control of an evaluation";
    if (signal?.aborted) {
      return Promise.reject(cancelled(operation, signal.reason));
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => call.cancel(cancelled(operation, signal?.reason));
      const call = this.#calls.duplex(CONTROL, {
        answer: ({ message }) => {
          if (message?.$case === "result") {
            listener.onResult(episodeResult(message.value));
          } else if (message?.$case === "states") {
            listener.onRound(message.value.round);
            rounds.answer(message.value);
          } else if (message?.$case === "task") {
            rounds.begin(message.value);
          }
        },
        end: (error) => {
          signal?.removeEventListener("abort", onAbort);
          if (error === undefined) {
            resolve();
          } else {
            reject(this.#calls.failure(error, operation, Number.POSITIVE_INFINITY));
          }
        },
      });
      const rounds = new Rounds(call, act);
      signal?.addEventListener("abort", onAbort, { once: true });
      call.send({ message: { $case: "attach", value: { evaluationId: id } } });
    });
  }
}

/**
 * Runs a controller in an evaluation until the last episode has ended, for programs that `gaitway evaluate --controller-command` starts:
 * it finds the server and the evaluation in `GAITWAY_EVALUATION_SERVER` and `GAITWAY_EVALUATION`, unless they are named.
 *
 * @returns and throws as {@link Evaluations.control}
 */
export async function evaluate(
  act: Act,
  options: ControlOptions & { readonly server?: string; readonly evaluation?: string } = {},
): Promise<EpisodeResult[]> {
  requireLittleEndian();
  const server = options.server ?? process.env.GAITWAY_EVALUATION_SERVER;
  const id = options.evaluation ?? process.env.GAITWAY_EVALUATION;
  if (server === undefined || id === undefined) {
    throw new Error(
      "no evaluation is named: start this program with gaitway evaluate --controller-command, or set GAITWAY_EVALUATION_SERVER and" +
        " GAITWAY_EVALUATION",
    );
  }
  const calls = Calls.open(parseEndpoint(server), {});
  try {
    return await new Evaluations(calls).control(id, act, options);
  } finally {
    calls.close();
  }
}

/** Answers the rounds of one attachment. */
class Rounds {
  readonly #call: Duplex<ControlRequest>;
  readonly #act: Act;
  #task: Pick<Round, "environment" | "evaluation"> | undefined;

  constructor(call: Duplex<ControlRequest>, act: Act) {
    this.#call = call;
    this.#act = act;
  }

  begin(task: ControlTask): void {
    this.#task = {
      environment: environmentInfo(task.environment),
      evaluation: evaluation(task.evaluation),
    };
  }

  answer(round: RoundStates): void {
    this.#answer(round).catch((error) => this.#call.cancel(error));
  }

  async #answer({ round, episodes, steps, states }: RoundStates): Promise<void> {
    if (this.#task === undefined) {
      throw unusable("it asks for actions before it has described the task");
    }
    const { nx, nu } = this.#task.environment;
    const n = episodes.length;
    if (n === 0 || steps.length !== n) {
      throw unusable(`it asks for actions in ${n} episodes and ${steps.length} steps`);
    }
    const xs = decodeNumbers(states, "states", [n, nx]);
    const us = await this.#act(xs, n, { ...this.#task, episodes, steps });
    const actions = encodeExactly(us, "actions", [n, nu]);
    this.#call.send({ message: { $case: "actions", value: { round, actions } } });
  }
}

function suite(message: SuiteMessage): Suite {
  return {
    ...message,
    environments: message.environments.map(({ id, parameters, modelDigest = "" }) => ({
      id,
      parameters,
      modelDigest,
    })),
    minActionDeadline: seconds(message.minActionDeadline),
    maxActionDeadline: seconds(message.maxActionDeadline),
  };
}

function evaluation(message: EvaluationMessage | undefined): Evaluation {
  if (message?.suite === undefined) {
    throw unusable("evaluation is missing");
  }
  const { createTime, endTime, score, ...rest } = message;
  return {
    ...rest,
    suite: suite(message.suite),
    actionDeadline: seconds(message.actionDeadline),
    ...(createTime && { createTime }),
    ...(endTime && { endTime }),
    ...(score && { score }),
  };
}

function episodeResult(message: EpisodeResultMessage): EpisodeResult {
  return {
    ...message,
    outcome: OUTCOMES.word(message.outcome, "diverged"),
    fault: FAULTS.word(message.fault, "malformed-actions"),
    digest: Buffer.from(message.digest).toString("hex"),
  };
}
