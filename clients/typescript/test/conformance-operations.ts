import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  type ActivationName,
  type Autoreset,
  type Bounds,
  type Client,
  type Controller,
  connect,
  type Episodes,
  type FirstGuess,
  GaitwayError,
  InvalidArgumentError,
  readRobot,
  type Session,
  Snapshot,
  type StepResult,
  trajectoryDigest,
} from "gaitway";
import { faultyProxy } from "./proxy.js";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type Tree = { [key: string]: Json | undefined };

/** The robots and tasks of the cases. */
const ROBOTS = "../conformance/robots";

/** Sends all steps ahead. */
async function stream(session: Session, operation: Tree): Promise<Json> {
  await using stream = await session.stream();
  const answers = list(operation.actions).map((us) => stream.step(numbers(us)));
  const results = await Promise.all(answers);
  return { results: results.map((result) => describeStep(result, session)) };
}

/** Carries out the operations of one case; each gives what came of it, in the form of the case's expectation. */
export class Operations {
  readonly #client: Client;
  readonly #sessions = new Map<Json | undefined, Session>();
  readonly #snapshots = new Map<Json | undefined, Snapshot>();

  constructor(client: Client) {
    this.#client = client;
  }

  async run(operation: Tree): Promise<Tree> {
    try {
      return { expect: await this.#run(operation) };
    } catch (error) {
      if (error instanceof GaitwayError) {
        return { error: describeError(error) };
      }
      if (error instanceof RangeError || error instanceof SyntaxError) {
        return { refused: true }; // BigInt's SyntaxError is a seed that cannot be written.
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
  }

  #run(operation: Tree): Promise<Json> {
    switch (operation.do) {
      case "add":
        return this.#add(operation);
      case "describe":
        return this.#describe(operation);
      case "initial_states":
        return this.#initialStates(operation);
      case "rollout":
        return this.#rollout(operation);
      case "linearize":
        return this.#linearize(operation);
      case "linearize_dynamics":
        return this.#linearizeDynamics(operation);
      case "open":
        return this.#open(operation);
      case "reset":
        return this.#reset(operation);
      case "step":
        return this.#step(operation);
      case "stream":
        return this.#stream(operation);
      case "snapshot":
        return this.#snapshot(operation);
      case "restore":
        return this.#restore(operation);
      case "fork":
        return this.#fork(operation);
      case "close":
        return this.#close(operation);
      case "evaluate":
        return this.#evaluate(operation);
      default:
        throw new Error(`there is no operation '${operation.do}'`);
    }
  }

  async #add({ robot, task, padding }: Tree): Promise<Json> {
    const file = robot === undefined ? undefined : `${ROBOTS}/${robot}`;
    const files = await readRobot(`${ROBOTS}/${task}`, file);
    const text = files.robot.text + " ".repeat(Number(padding ?? 0));
    const { environment, warnings } = await this.#client.addEnvironment({
      ...files,
      robot: { ...files.robot, text },
    });
    return {
      environment: environment.id,
      model_digest: environment.modelDigest,
      warnings: [...warnings],
    };
  }

  async #describe({ environment, parameters }: Tree): Promise<Json> {
    const info = await this.#client.environment(String(environment), numbersByName(parameters));
    const { version, modelDigest, nx, nu, horizon, dt, state, action, observation } = info;
    const { goal, firstGuess, geometry } = info;
    return {
      ...{ version, model_digest: modelDigest, nx, nu, horizon, dt, observation: [...observation] },
      states: state.map(({ name }) => name),
      actions: action.map(({ name }) => name),
      costs: info.costTerms.map((term) => ({ ...term })),
      terminal_costs: info.terminalCostTerms.map((term) => ({ ...term })),
      rewards: info.rewardTerms.map((term) => ({ ...term })),
      ground_height: info.groundHeight,
      goal:
        goal === undefined
          ? null
          : {
              progress_index: goal.progressIndex,
              target_speed: goal.targetSpeed,
              least_share: goal.leastShare,
              most_cost_ratio: goal.mostCostRatio,
            },
      first_guess: describeGuess(firstGuess),
      moved_by: geometry.map(({ xIndex, yIndex, angleIndex }) => [xIndex, yIndex, angleIndex]),
      links: geometry.map(({ angle, shapes }) => ({
        angle,
        shapes: shapes.map(({ radius, points }) => ({ radius, points: [...points] })),
      })),
    };
  }

  async #initialStates(operation: Tree): Promise<Json> {
    const simulator = await this.#simulator(operation);
    const count = Number(operation.count);
    const states = await simulator.initialStates(BigInt(String(operation.seed)), count);
    return { states: array(states, [count, simulator.environment.nx]) };
  }

  async #rollout(operation: Tree): Promise<Json> {
    const simulator = await this.#simulator(operation);
    const rollouts = await simulator.rollout({
      horizon: Number(operation.horizon),
      initialStates: numbers(operation.initial_states),
      controllers: list(operation.controllers).map((node) => controller(node as Tree)),
      seeds: list(operation.seeds).map((seed) => BigInt(String(seed))),
      stepSizes: list(operation.step_sizes).map(Number),
      drawnActions: operation.drawn_actions === true,
      digests: true,
    });
    return {
      rollouts: rollouts.map((rollout) => {
        const { outcome, steps, clipped, cost, digest } = rollout;
        assert.equal(digest, trajectoryDigest(rollout));
        return { status: outcome, steps, clipped, cost, digest };
      }),
    };
  }

  async #linearize(operation: Tree): Promise<Json> {
    const simulator = await this.#simulator(operation);
    const trajectory = { xs: numbers(operation.states), us: numbers(operation.actions) };
    const hessian = dashed(operation.cost_hessian) as "exact" | "gauss-newton";
    const e = await simulator.linearize(trajectory, { hessian });
    const { nx, nu } = simulator.environment;
    return {
      fx: array(e.fx, [e.T, nx, nx]),
      fu: array(e.fu, [e.T, nx, nu]),
      l: array(e.l, [e.T + 1]),
      lx: array(e.lx, [e.T + 1, nx]),
      lu: array(e.lu, [e.T, nu]),
      lxx: array(e.lxx, [e.T + 1, nx, nx]),
      lux: array(e.lux, [e.T, nu, nx]),
      luu: array(e.luu, [e.T, nu, nu]),
    };
  }

  async #linearizeDynamics(operation: Tree): Promise<Json> {
    const simulator = await this.#simulator(operation);
    const us = numbers(operation.actions);
    const parameters = (operation.by ?? []) as string[];
    const { fx, fu, curvature, fp } = await simulator.linearizeDynamics(
      numbers(operation.states),
      us,
      {
        ...(operation.multipliers !== undefined && { multipliers: numbers(operation.multipliers) }),
        parameters,
      },
    );
    const { nx, nu } = simulator.environment;
    const n = us.length / nu;
    return {
      fx: array(fx, [n, nx, nx]),
      fu: array(fu, [n, nx, nu]),
      ...(curvature && { curvature: array(curvature, [n, nx + nu, nx + nu]) }),
      ...(fp && { fp: array(fp, [n, nx, parameters.length]) }),
    };
  }

  async #evaluate(operation: Tree): Promise<Json> {
    const weights = numbers(operation.weights);
    const biases = numbers(operation.biases);
    const nu = biases.length;
    const nx = weights.length / nu;
    const { id, suite } = await this.#client.evaluations.create(
      String(operation.suite),
      "conformance",
      {
        actionDeadline: 60,
        ...(operation.parallel === undefined ? {} : { parallel: Number(operation.parallel) }),
      },
    );
    // u = b + W x, summed from the bias by ascending state index.
    const results = await this.#client.evaluations.control(id, (states, n) => {
      const us = new Float64Array(n * nu);
      for (let i = 0; i < us.length; i++) {
        const row = i % nu;
        let sum = biases[row] ?? Number.NaN;
        for (let j = 0; j < nx; j++) {
          sum += (weights[row * nx + j] ?? 0) * (states[Math.floor(i / nu) * nx + j] ?? 0);
        }
        us[i] = sum;
      }
      return us;
    });
    results.sort((one, other) => one.episode - other.episode);
    return {
      suite_digest: suite.digest,
      episodes: results.map(({ episode, outcome, steps, clipped, cost, digest }) => ({
        ...{ episode, outcome, steps, clipped, cost, digest },
      })),
    };
  }

  async #open(operation: Tree): Promise<Json> {
    const session = await this.#client.session(String(operation.environment), {
      parameters: numbersByName(operation.parameters),
      environments: Number(operation.environments ?? 1),
      autoreset: dashed(operation.autoreset ?? "next_step") as Autoreset,
      bounds: (operation.bounds ?? "reject") as Bounds,
      ...(operation.max_episode_steps === undefined
        ? {}
        : { maxEpisodeSteps: Number(operation.max_episode_steps) }),
      renew: false,
    });
    this.#sessions.set(operation.session, session);
    return { size: session.size };
  }

  async #reset(operation: Tree): Promise<Json> {
    const session = this.#session(operation);
    const { mask, seeds, states } = operation;
    const episodes = await session.reset({
      ...(mask === undefined ? {} : { mask: list(mask).map(Boolean) }),
      ...(seeds === undefined ? {} : { seeds: list(seeds).map((seed) => BigInt(String(seed))) }),
      ...(states === undefined ? {} : { states: numbers(states) }),
    });
    return describeEpisodes(episodes, session);
  }

  async #step(operation: Tree): Promise<Json> {
    const session = this.#session(operation);
    return describeStep(await session.step(numbers(operation.actions)), session);
  }

  #stream(operation: Tree): Promise<Json> {
    return operation.cuts === undefined
      ? stream(this.#session(operation), operation)
      : this.#cutStream(operation);
  }

  /** The same over connections that break. */
  async #cutStream(operation: Tree): Promise<Json> {
    const cuts = list(operation.cuts).map(Number);
    const proxy = await faultyProxy(this.#client.address, 0, cuts.slice());
    const client = await connect(proxy.address);
    try {
      const attached = await client.attach(this.#session(operation).id);
      const results = await stream(attached, operation);
      assert.equal(proxy.connections(), cuts.length + 1);
      return results;
    } finally {
      await client.close();
      proxy.close();
    }
  }

  async #snapshot(operation: Tree): Promise<Json> {
    const snapshot = await this.#session(operation).snapshot(list(operation.indices).map(Number));
    this.#snapshots.set(operation.snapshot, Snapshot.fromBytes(snapshot.toBytes()));
    return { size: snapshot.size };
  }

  async #restore(operation: Tree): Promise<Json> {
    const snapshot = this.#snapshots.get(operation.snapshot) as Snapshot;
    await this.#session(operation).restore(snapshot, list(operation.indices).map(Number));
    return {};
  }

  async #fork(operation: Tree): Promise<Json> {
    const fork = await this.#session(operation).fork(list(operation.indices).map(Number));
    this.#sessions.set(operation.as, fork);
    return { size: fork.size };
  }

  async #close(operation: Tree): Promise<Json> {
    await this.#session(operation).close();
    return {};
  }

  #simulator({ environment, parameters }: Tree) {
    return this.#client.simulator(String(environment), numbersByName(parameters));
  }

  #session({ session }: Tree): Session {
    const found = this.#sessions.get(session);
    assert.ok(found !== undefined, `no session '${session}' was opened`);
    return found;
  }
}

function describeEpisodes({ states, seeds, episodes }: Episodes, session: Session): Json {
  return {
    states: array(states, [session.size, session.environment.nx]),
    seeds: seeds.map(String),
    episodes: episodes.map(String),
  };
}

function describeStep(result: StepResult, { size, environment: { nx } }: Session): Json {
  return {
    step: result.step,
    states: array(result.states, [size, nx]),
    costs: array(result.costs, [size]),
    ...(result.rewards === undefined ? {} : { rewards: array(result.rewards, [size]) }),
    terminated: [...result.terminated].map(Boolean),
    truncated: [...result.truncated].map(Boolean),
    diverged: [...result.diverged].map(Boolean),
    clipped: [...result.clipped].map(Boolean),
    resets: result.resets.map(({ environment, seed, episode, finalState }) => ({
      ...{ environment, seed: String(seed), episode: String(episode) },
      ...(finalState === undefined ? {} : { final_state: array(finalState, [nx]) }),
    })),
  };
}

function describeGuess(guess: FirstGuess | undefined): Json {
  if (guess?.kind !== "sinusoid") {
    return guess === undefined ? null : { gait: guess.name };
  }
  const { frequency, amplitude, phase } = guess;
  return { frequency, amplitude: [...amplitude], phase: [...phase] };
}

function describeError(error: GaitwayError): Tree {
  const { session: _, ...metadata } = error.metadata; // A session's id differs every time.
  return {
    code: error.code,
    reason: error.reason,
    metadata,
    ...(error instanceof InvalidArgumentError ? { field: error.field } : {}),
  };
}

function array(values: Float64Array, shape: number[]): Json {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { shape, sha256, values: [...values] };
}

function controller(node: Tree): Controller {
  const linear = node.linear_gaussian as Tree | undefined;
  if (linear !== undefined) {
    return {
      kind: "linear-gaussian",
      xs: numbers(linear.reference_states),
      us: numbers(linear.reference_actions),
      k: numbers(linear.feedforward),
      K: numbers(linear.feedback),
      ...(linear.noise_cholesky === undefined ? {} : { L: numbers(linear.noise_cholesky) }),
    };
  }
  const mlp = node.mlp as Tree | undefined;
  if (mlp !== undefined) {
    const scaling = mlp.scaling as Tree | undefined;
    const squashing = mlp.squashing as Tree | undefined;
    return {
      kind: "mlp",
      parameters: list(mlp.parameters).map(String),
      inputs: list(mlp.inputs).map(Number),
      layers: list(mlp.layers).map((layer) => ({
        W: numbers((layer as Tree).weights),
        b: numbers((layer as Tree).biases),
        activation: ((layer as Tree).activation ?? "linear") as ActivationName,
      })),
      ...(scaling && {
        scaling: {
          offset: numbers(scaling.offset),
          scale: numbers(scaling.scale),
          ...(scaling.limit === undefined ? {} : { limit: Number(scaling.limit) }),
        },
      }),
      ...(squashing && {
        squashing: {
          centre: numbers(squashing.centre),
          halfRange: numbers(squashing.half_range),
        },
      }),
      ...(mlp.noise_std === undefined ? {} : { std: numbers(mlp.noise_std) }),
    };
  }
  return { kind: "open-loop", us: numbers(node.open_loop) };
}

function list(node: Json | undefined): Json[] {
  return (node ?? []) as Json[];
}

/** Nested lists of numbers, flat; "NaN", "Infinity" and "-Infinity" are numbers too. */
function numbers(node: Json | undefined): number[] {
  return Array.isArray(node) ? node.flatMap(numbers) : [Number(node)];
}

function numbersByName(node: Json | undefined): Record<string, number> {
  return (node ?? {}) as Record<string, number>;
}

function dashed(word: Json | undefined): string {
  return String(word).replaceAll("_", "-");
}
