import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Client, Controller, Session, Simulator } from "gaitway";
import { requireLimit, requireSeed, requireWhole } from "#dist/checks.js";
import { anotherClient, sharedClient } from "./server.js";

/** What is no seed, and how messages show it. */
const NO_SEEDS: [unknown, string][] = [
  [-1n, "-1n"],
  [2n ** 64n, "18446744073709551616n"],
  [3, "3"],
  [1.5, "1.5"],
  [Number.NaN, "NaN"],
  [2 ** 53, "9007199254740992"],
  ["3", "the text '3'"],
  [undefined, "undefined"],
  [null, "null"],
];

test("seeds are unsigned 64-bit numbers", () => {
  for (const seed of [0n, 1n, 2n ** 63n, 2n ** 64n - 1n]) {
    assert.equal(requireSeed(seed, "seed"), seed);
  }
  for (const [value, shown] of NO_SEEDS) {
    assert.throws(() => requireSeed(value as bigint, "seed"), {
      name: "RangeError",
      message: `seed must be a bigint from 0n to 2n ** 64n - 1n, but is ${shown}`,
    });
  }
});

test("counts are whole numbers within their range", () => {
  assert.equal(requireWhole(2 ** 31 - 1, "count", 1), 2 ** 31 - 1);
  for (const value of [0, -1, 1.5, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY, "1", 1n, null]) {
    assert.throws(() => requireWhole(value as number, "count", 1), {
      name: "RangeError",
      message: /^count must be a whole number from 1 to 2147483647, but is /,
    });
  }
});

test("a time limit too long for the clock means no limit", () => {
  assert.equal(requireLimit(0.5, "deadline"), 0.5);
  assert.equal(requireLimit(2 ** 31 - 1, "deadline"), 2 ** 31 - 1);
  for (const millis of [2 ** 31, 4e14, 1e300, Number.POSITIVE_INFINITY]) {
    assert.equal(requireLimit(millis, "deadline"), Number.POSITIVE_INFINITY);
  }
  for (const millis of [0, -1, Number.NaN, Number.NEGATIVE_INFINITY, "5", 5n]) {
    assert.throws(() => requireLimit(millis as number, "deadline"), {
      name: "RangeError",
      message: /^deadline must be above 0 ms, or Infinity for no limit, but is /,
    });
  }
});

describe("arguments that no server would take are refused before anything is sent:", () => {
  let client: Client;
  let swimmer: Simulator;
  let session: Session;
  before(async () => {
    client = await sharedClient();
    swimmer = await client.simulator("swimmer");
    session = await client.session("swimmer", { environments: 2 });
    await session.reset({ seeds: [1n, 2n] });
  });

  const refused = (call: () => Promise<unknown>, message: string, name = "RangeError") =>
    assert.rejects(call(), { name, message });

  test("seeds, wherever there are any", async () => {
    const { mean } = swimmer.environment.initialState;
    const still: Controller = { kind: "open-loop", us: [0, 0] };
    const range = "must be a bigint from 0n to 2n ** 64n - 1n, but is";
    for (const [value, shown] of NO_SEEDS.filter(([seed]) => seed !== undefined)) {
      const seed = value as bigint;
      const request = { horizon: 1, initialStates: mean, controllers: [still], seeds: [1n, seed] };
      await refused(() => swimmer.rollout(request), `seeds[1] ${range} ${shown}`);
      await refused(() => session.reset({ seeds: [seed, 0n] }), `seeds[0] ${range} ${shown}`);
      await refused(() => swimmer.initialStates(seed, 1), `seed ${range} ${shown}`);
      await refused(
        () => client.checkDerivatives("swimmer", {}, 1, seed),
        `seed ${range} ${shown}`,
      );
      if (seed !== null) {
        await refused(
          () => swimmer.initialStates(0n, 1, { firstEpisode: seed }),
          `firstEpisode ${range} ${shown}`,
        );
      }
    }
    await refused(
      () => session.reset({ seeds: "12" as unknown as bigint[] }),
      "seeds must be an array, but is the text '12'",
      "TypeError",
    );
    assert.equal(await session.stepCount(), 0);
  });

  test("actions of another length", async () => {
    for (const us of [[], [0.5], [0, 0], new Float64Array(5)]) {
      const message = `us must have 4 entries, shape (2, 2), but has ${us.length}`;
      await refused(() => session.step(us), message);
      await using stream = await session.stream();
      await refused(() => stream.step(us), message);
    }
    const rows = [
      [0, 0],
      [0, 0],
    ] as unknown as number[];
    for (const us of [rows, undefined as unknown as number[], "1234" as unknown as number[]]) {
      await refused(
        () => session.step(us),
        "us must be a Float64Array or an array of numbers",
        "TypeError",
      );
    }
    assert.equal(await session.stepCount(), 0);
  });

  test("counts and indices", async () => {
    const range = "must be a whole number from";
    await refused(
      () => client.checkDerivatives("swimmer", {}, 0, 1n),
      `samples ${range} 1 to 2147483647, but is 0`,
    );
    await refused(() => swimmer.initialStates(1n, -1), `count ${range} 0 to 2147483647, but is -1`);
    const trajectory = { xs: new Float64Array(20), us: [0, 0] };
    await refused(
      () => swimmer.linearize(trajectory, { chunkKnots: 0 }),
      `chunkKnots ${range} 1 to 2147483647, but is 0`,
    );
    for (const call of [
      () => session.snapshot([0.5]),
      () => session.fork([0.5]),
      async () => session.restore(await session.snapshot(), [0.5]),
    ]) {
      await refused(call, `environments[0] ${range} 0 to 2147483647, but is 0.5`);
    }
    await refused(
      () => client.evaluations.create("walker", "x", { parallel: 0 }),
      `parallel ${range} 1 to 2147483647, but is 0`,
    );
    await using stream = await session.stream();
    for (const steps of [-1, 1.5, Number.NaN]) {
      const walk = stream.lockStep(new Float64Array(20), steps, () => []);
      await refused(() => walk.next(), `steps ${range} 0 to 9007199254740991, but is ${steps}`);
    }
  });

  test("empty rollouts, and objects that are not networks", async () => {
    const { mean } = swimmer.environment.initialState;
    const still: Controller = { kind: "open-loop", us: [0, 0] };
    const request = { horizon: 1, initialStates: mean, controllers: [still] };
    for (const horizon of [0, -1, 1.5, Number.NaN]) {
      const message = `horizon must be a whole number from 1 to 2147483647, but is ${horizon}`;
      await refused(() => swimmer.rollout({ ...request, horizon }), message);
    }
    await refused(
      () => swimmer.rollout({ ...request, initialStates: [] }),
      "initialStates must have at least one row, but is empty",
    );
    const network: Controller = { kind: "mlp", inputs: [1.5], layers: [] };
    await refused(
      () => swimmer.rollout({ ...request, controllers: [network] }),
      "controllers[0].inputs[0] must be a whole number from 0 to 2147483647, but is 1.5",
    );
    await refused(
      () => swimmer.rollout({ ...request, stepSizes: ["1" as unknown as number] }),
      "stepSizes must be a Float64Array or an array of numbers",
      "TypeError",
    );
  });

  test("time limits", async () => {
    for (const deadline of [0, -1, Number.NaN]) {
      const message = `deadline must be above 0 ms, or Infinity for no limit, but is ${deadline}`;
      await refused(() => anotherClient({ deadline }), message);
      await refused(() => client.serverInfo({ deadline }), message);
      await refused(() => swimmer.evaluate([], [], { deadline }), message);
      await refused(() => session.step([0, 0, 0, 0], { deadline }), message);
      await refused(() => session.stream({ deadline }), message);
    }
    assert.equal(await session.stepCount(), 0);
  });
});

describe("a time limit too long for the clock", () => {
  for (const deadline of [2 ** 31, 4e14, 1e300, Number.POSITIVE_INFINITY]) {
    test(`ends nothing: ${deadline} ms`, async () => {
      const client = await anotherClient({ deadline });
      await client.serverInfo({ deadline });
      await using session = await client.session("swimmer");
      const stream = await session.stream();
      await stream.reset();
      for (let i = 0; i < 20; i++) {
        await stream.step([0, 0]);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await stream.close();
      const simulator = await client.simulator("swimmer");
      await simulator.linearize({ xs: new Float64Array(20), us: [0, 0] });
      await client.close();
    });
  }
});
