import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  type ActivationName,
  type EnvironmentInfo,
  type Mlp,
  Policy,
  type Simulator,
} from "gaitway";
import { sharedClient } from "./server.js";

type Tree = Record<string | number, unknown>;

/** Numbers between −1 and 1, the same in every run. */
function* noise(): Generator<number, never> {
  for (let seed = 1; ; ) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    yield seed / 2 ** 31 - 1;
  }
}

const random = noise();
const draw = (length: number, scale: number) =>
  Array.from({ length }, () => random.next().value * scale);

/** A file with a network of random weights that reads every other state entry, backwards. */
function file(environment: EnvironmentInfo, units: number) {
  const { id, version, modelDigest, state, action, nx, nu } = environment;
  const indices = [...Array(nx).keys()].filter((i) => i % 2 === 0).reverse();
  return {
    format: "gaitway-policy",
    format_version: 2,
    environment: { id, version, model_digest: modelDigest },
    states: state.map(({ name }) => name),
    actions: action.map(({ name }) => name),
    inputs: indices.map((index) => ({ index, name: state[index]?.name })),
    layers: [
      {
        W: Array.from({ length: units }, () => draw(indices.length, 3)),
        b: draw(units, 1),
        activation: "softplus",
      },
      {
        W: Array.from({ length: nu }, () => draw(units, 20)),
        b: draw(nu, 5),
        activation: "linear",
      },
    ],
    std: Array(nu).fill(0.5),
  };
}

describe("a policy", () => {
  const simulators: Simulator[] = [];
  before(async () => {
    const client = await sharedClient();
    for (const id of ["swimmer", "walker"]) {
      simulators.push(await client.simulator(id));
    }
  });
  const swimmer = () => (simulators[0] as Simulator).environment;

  test("acts with the bits of the simulator", async () => {
    for (const simulator of simulators) {
      const { nx, nu, initialState } = simulator.environment;
      const policy = Policy.parse(JSON.stringify(file(simulator.environment, 10)));
      policy.requireFits(simulator.environment);
      const n = 2000;
      const { mean } = initialState;
      const states = Float64Array.from({ length: n * nx }, (_, i) =>
        i % nx === 0
          ? random.next().value * 10
          : (mean[i % nx] as number) + random.next().value / 4,
      );
      const rollouts = await simulator.rollout({
        horizon: 1,
        initialStates: states,
        controllers: [policy.controller()],
        drawnActions: true,
      });
      const actions = policy.act(states);
      for (const [i, { us, outcome }] of rollouts.entries()) {
        assert.notEqual(outcome, "diverged");
        assert.deepEqual(actions.slice(i * nu, (i + 1) * nu), us);
      }
    }
  });

  test("every activation has the bits of the simulator's on its whole range", async () => {
    const simulator = simulators[0] as Simulator;
    const { nx, nu } = simulator.environment;
    const words = ["linear", "softplus", "tanh", "relu", "elu", "sigmoid", "silu"] as const;
    // The position does not act on the dynamics, so that any number will do for it.
    for (const scale of [1e-9, 1e-3, 0.1, 0.7, 1, 4, 20, 40, 750]) {
      const n = 1200;
      const states = new Float64Array(n * nx);
      for (let i = 0; i < n; i++) {
        states[i * nx] = (random.next().value + random.next().value / 2 ** 30) * scale;
      }
      const network = (activation: ActivationName): Mlp => ({
        kind: "mlp",
        inputs: [0],
        layers: [
          { W: [1], b: [0], activation },
          { W: [1, ...Array(nu - 1).fill(0)], b: Array(nu).fill(0) },
        ],
      });
      const rollouts = await simulator.rollout({
        horizon: 1,
        initialStates: states,
        controllers: words.map(network),
        drawnActions: true,
      });
      for (const [c, word] of words.entries()) {
        const content = file(simulator.environment, 1);
        const policy = Policy.parse(
          JSON.stringify({
            ...content,
            inputs: [{ index: 0, name: content.states[0] }],
            layers: [
              { W: [[1]], b: [0], activation: word },
              { W: [[1], [0]], b: [0, 0], activation: "linear" },
            ],
          }),
        );
        const actions = policy.act(states);
        for (let i = 0; i < n; i++) {
          const simulated = rollouts[i * words.length + c]?.us[0];
          assert.equal(actions[i * nu], simulated, `${word} at ${states[i * nx]}`);
        }
      }
    }
  });

  test("draws its actions in the simulator if that is wanted", async () => {
    const simulator = simulators[0] as Simulator;
    const policy = Policy.parse(JSON.stringify(file(simulator.environment, 3)));
    const run = async (noise: boolean) => {
      const [rollout] = await simulator.rollout({
        horizon: 1,
        initialStates: simulator.environment.initialState.mean,
        controllers: [policy.controller({ noise })],
        seeds: [1n],
        drawnActions: true,
      });
      return rollout?.us;
    };
    assert.deepEqual(await run(false), policy.act(simulator.environment.initialState.mean));
    assert.notDeepEqual(await run(true), await run(false));
  });

  test("is read from a file", async () => {
    const directory = await mkdtemp(join(tmpdir(), "gaitway-"));
    const path = join(directory, "policy.json");
    const content = file(swimmer(), 4);
    await writeFile(path, JSON.stringify(content));
    const policy = await Policy.read(path);
    assert.deepEqual(policy.states, content.states);
    assert.deepEqual(policy.inputs, [8, 6, 4, 2, 0]);
    assert.deepEqual([...(policy.std ?? [])], content.std);
    assert.deepEqual(policy.environment, {
      id: "swimmer",
      version: swimmer().version,
      modelDigest: swimmer().modelDigest,
    });
    await writeFile(path, "{");
    await assert.rejects(Policy.read(path), {
      message: `${path} is not a policy file: it is not JSON: a name in quotes must be at character 1, not the end`,
    });
    await writeFile(path, `${JSON.stringify(content)}${" ".repeat(64 * 2 ** 20)}`);
    await assert.rejects(Policy.read(path), {
      message: `${path} is not a policy file: it must have at most 64 MiB`,
    });
    await rm(directory, { recursive: true });
    await assert.rejects(Policy.read(path), /ENOENT/);
  });

  test("gets the verdict and the actions of the conformance kit", async () => {
    const kit = new URL("../../../conformance/policies/", import.meta.url);
    const load = async (name: string) => JSON.parse(await readFile(new URL(name, kit), "utf8"));
    type Told = { parameters?: Record<string, number>; states: Tree[]; actions: Tree[] };
    const good: Record<string, Told> = await load("good.json");
    assert.deepEqual((await readdir(new URL("good", kit))).sort(), Object.keys(good).sort());
    assert.ok(Object.keys(good).length >= 25);
    for (const [name, { parameters = {}, states, actions }] of Object.entries(good)) {
      const policy = await Policy.read(fileURLToPath(new URL(`good/${name}`, kit)));
      const flat = (rows: Tree[]) => Float64Array.from(rows.flatMap(Object.values), Number);
      assert.deepEqual(policy.parameters, Object.keys(parameters), name);
      assert.deepEqual(policy.at(parameters).act(flat(states)), flat(actions), name);
    }
    const bad: Record<string, string> = await load("bad.json");
    assert.deepEqual((await readdir(new URL("bad", kit))).sort(), Object.keys(bad).sort());
    assert.ok(Object.keys(bad).length >= 25);
    for (const [name, field] of Object.entries(bad)) {
      const path = fileURLToPath(new URL(`bad/${name}`, kit));
      await assert.rejects(Policy.read(path), (error: Error) => {
        assert.ok(
          error.message.startsWith(`${path} is not a policy file: ${field}`),
          error.message,
        );
        return true;
      });
    }
  });

  test("that reads parameters acts at their values only, and as the simulator does", async () => {
    const path = new URL("../../../conformance/policies/good/parameters.json", import.meta.url);
    const policy = await Policy.read(fileURLToPath(path));
    policy.requireFits(swimmer());
    const xs = new Float64Array(10).fill(0.25);
    assert.throws(() => policy.act(xs), {
      message:
        "the policy reads the parameters medium_density, target_speed, dt; give it their values with at(...) first",
    });
    const values = { target_speed: 1.25, medium_density: 990, dt: 0.05 };
    const fixed = policy.at({ ...values, unknown: Number.NaN });
    assert.deepEqual(fixed.parameters, []);
    assert.throws(() => policy.at({ target_speed: 1.25, medium_density: 990 }), {
      message: "the network reads the parameter dt, whose value must be finite, but is missing",
    });
    assert.throws(() => policy.at({ ...values, dt: Number.NaN }), /must be finite, but is NaN/);
    const client = await sharedClient();
    const [rollout] = await (await client.simulator("swimmer", values)).rollout({
      horizon: 1,
      initialStates: xs,
      controllers: [policy.controller()],
      drawnActions: true,
    });
    assert.deepEqual(fixed.act(xs), rollout?.us);
    assert.throws(() => policy.requireFits({ ...swimmer(), parameters: [] }), {
      name: "RangeError",
      message: /^the policy reads the parameter medium_density, which swimmer does not have/,
    });
  });

  test("may have strings and numbers that are long", () => {
    const content = { ...file(swimmer(), 4), comment: "x".repeat(20_000_000) };
    const long = `0.${"3".repeat(1_000_000)}`;
    const text = JSON.stringify(content).replace('"std":[0.5', `"std":[${long}`);
    assert.equal(Policy.parse(text).std?.[0], 1 / 3);
  });

  test("says what is wrong", () => {
    const content = file(swimmer(), 4);
    const cases: [change: object, message: string][] = [
      [{ format: "onnx" }, 'format must be "gaitway-policy", but is "onnx"'],
      [{ format: undefined }, 'format must be "gaitway-policy", but is missing'],
      [{ format_version: 4 }, "format_version must be 1 or 2 or 3, but is 4"],
      [{ environment: [] }, "environment must be an object, but is a list of 0"],
      [{ states: {} }, "states must be a list, but is an object"],
      [{ std: [1] }, "std must have 2 entries, but has 1"],
      [{ std: [1, 0] }, "std[1] must be a number above 0, but is 0"],
      [{ layers: [] }, "layers must have 1 to 64 entries, but has 0"],
      [{ inputs: undefined }, "inputs is missing"],
      [
        { squash: 1 },
        "squash is unknown; known are format, format_version, environment, states, actions, inputs, layers, comment, scaling, squashing, std",
      ],
    ];
    for (const [change, message] of cases) {
      assert.throws(() => Policy.parse(JSON.stringify({ ...content, ...change })), {
        message: `policy is not a policy file: ${message}`,
      });
    }
    assert.throws(() => Policy.parse("[]", "p.json"), {
      message: "p.json is not a policy file: the file must be an object, but is a list of 0",
    });
  });

  test("acts only where it fits", () => {
    const policy = Policy.parse(JSON.stringify(file(swimmer(), 4)));
    const walker = (simulators[1] as Simulator).environment;
    assert.throws(() => policy.requireFits(walker), {
      name: "RangeError",
      message: "the policy is for swimmer; the environment is walker",
    });
    const other = { ...swimmer(), action: walker.action };
    assert.throws(
      () => policy.requireFits(other),
      /the policy's actions are .*; those of swimmer are/,
    );
    assert.throws(() => policy.act(new Float64Array(11)), /xs has 11 entries; rows of 10/);
  });
});
