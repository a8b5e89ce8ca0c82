import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { type EnvironmentInfo, type Layer, Policy, type Simulator } from "gaitway";
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
    format_version: 1,
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

  test("exp and log1p have the bits of the simulator's on their whole range", async () => {
    const simulator = simulators[0] as Simulator;
    const { nx, nu } = simulator.environment;
    const one = (W: number[]): Layer => ({ W, b: Array(W.length).fill(0) });
    // The position does not act on the dynamics, so that any number will do for it.
    for (const scale of [1e-9, 1e-3, 0.1, 0.7, 1, 4, 20, 40, 750]) {
      const n = 5000;
      const states = new Float64Array(n * nx);
      for (let i = 0; i < n; i++) {
        states[i * nx] = (random.next().value + random.next().value / 2 ** 30) * scale;
      }
      const rollouts = await simulator.rollout({
        horizon: 1,
        initialStates: states,
        controllers: [
          {
            kind: "mlp",
            inputs: [0],
            layers: [one([1]), one([1, ...Array(nu - 1).fill(0)])],
            activation: "softplus",
          },
        ],
        drawnActions: true,
      });
      for (const [i, { us }] of rollouts.entries()) {
        const z = states[i * nx] as number;
        assert.equal(Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z))), us[0], `at ${z}`);
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
    assert.deepEqual([...policy.std], content.std);
    assert.deepEqual(policy.environment, {
      id: "swimmer",
      version: swimmer().version,
      modelDigest: swimmer().modelDigest,
    });
    await writeFile(path, "{");
    await assert.rejects(Policy.read(path), new RegExp(`^Error: ${path} is no JSON`));
    await rm(directory, { recursive: true });
    await assert.rejects(Policy.read(path), /ENOENT/);
  });

  test("is refused by the name of the field that is wrong", () => {
    const row = [1, 2, 3, 4, 5];
    const cases: [path: (string | number)[], value: unknown, message: string][] = [
      [["format"], "onnx", 'format is "onnx"; it must be "gaitway-policy"'],
      [["format_version"], 2, "format_version is 2; it must be 1"],
      [["environment", "version"], undefined, "environment.version is absent; it must be a text"],
      [["states"], [], "states is []; it must be a list with entries"],
      [["actions", 1], 7, "actions[1] is 7; it must be a text"],
      [["inputs"], 1, "inputs is 1; it must be a list"],
      [["inputs", 1], null, "inputs[1] is null; it must be an object"],
      [["inputs", 1, "index"], 10, "inputs[1].index is 10; it must be from 0 to 9"],
      [["inputs", 1, "index"], 0.5, "inputs[1].index is 0.5; it must be from 0 to 9"],
      [
        ["inputs", 0, "name"],
        "root_x",
        `inputs[0].name is "root_x"; it must be "${swimmer().state[8]?.name}"`,
      ],
      [["layers"], [{}], "layers is a list of 1; it must be a list of 2"],
      [
        ["layers", 0, "activation"],
        "tanh",
        'layers[0].activation is "tanh"; it must be "softplus"',
      ],
      [["layers", 0, "W"], [row], "layers[0].W is a list of 1; it must be a list of 4"],
      [["layers", 1, "W", 1], row, "layers[1].W[1] is a list of 5; it must be a list of 4"],
      [["layers", 1, "b", 0], "1", 'layers[1].b[0] is "1"; it must be a finite number'],
      [["std"], [1], "std is a list of 1; it must be a list of 2"],
      [["std", 1], 0, "std[1] is 0; it must be a number above 0"],
    ];
    for (const [path, value, message] of cases) {
      const content = file(swimmer(), 4);
      const last = path.slice(-1)[0] as string;
      const parent = path.slice(0, -1).reduce((node: unknown, key) => (node as Tree)[key], content);
      (parent as Tree)[last] = value;
      assert.throws(() => Policy.parse(JSON.stringify(content), "p.json"), {
        message: `p.json: ${message}`,
      });
    }
    assert.throws(() => Policy.parse("[]"), {
      message: "policy: the file is []; it must be an object",
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
