import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
  type Client,
  FailedPreconditionError,
  InvalidArgumentError,
  SessionExpiredError,
  Snapshot,
  StepOutOfOrderError,
} from "gaitway";
import { anotherClient, sharedClient } from "./server.js";
import { waves } from "./waves.js";

describe("a session", () => {
  let client: Client;
  before(async () => {
    client = await sharedClient();
  });

  test("is what was asked for", async () => {
    await using session = await client.session("walker", {
      environments: 3,
      autoreset: "same-step",
      bounds: "clip",
      lease: 12.5,
      maxEpisodeSteps: 40,
    });
    assert.deepEqual(
      [session.size, session.autoreset, session.bounds, session.maxEpisodeSteps],
      [3, "same-step", "clip", 40],
    );
    assert.equal(session.environment.id, "walker");
    assert.equal(await session.stepCount(), 0);
    const remaining = (await session.renew()).getTime() - Date.now();
    assert.ok(remaining > 5_000 && remaining < 20_000, `${remaining} ms`);
  });

  test("steps as a rollout does", async () => {
    const simulator = await client.simulator("swimmer");
    const { environment } = simulator;
    const [T, nx, nu] = [30, environment.nx, environment.nu];
    const us = waves(environment, T);
    const initialStates = await simulator.initialStates(11n, 1);
    const controllers = [{ kind: "open-loop", us }] as const;
    const [rollout] = await simulator.rollout({ horizon: T, initialStates, controllers });
    await using session = await client.session("swimmer");
    assert.deepEqual((await session.reset({ seeds: [11n] })).states, initialStates);
    for (let t = 0; t < T; t++) {
      const result = await session.step(us.subarray(t * nu, (t + 1) * nu));
      assert.equal(result.step, t + 1);
      assert.deepEqual(result.states, rollout?.xs.slice((t + 1) * nx, (t + 2) * nx));
      assert.equal(result.costs[0], rollout?.costs[t]);
      assert.deepEqual([...result.terminated, ...result.truncated, ...result.diverged], [0, 0, 0]);
    }
  });

  test("resets those in the mask, to seeds or states", async () => {
    await using session = await client.session("swimmer", { environments: 3 });
    const { nx, initialState } = session.environment;
    const first = await session.reset({
      mask: [false, true, true],
      seeds: [1n, 2n, 2n ** 64n - 1n],
    });
    assert.deepEqual(first.seeds.slice(1), [2n, 2n ** 64n - 1n]);
    assert.deepEqual(first.episodes, [2n ** 64n - 1n, 0n, 0n]);
    assert.deepEqual(first.states.slice(0, nx), initialState.mean);
    const states = Float64Array.from({ length: 3 * nx }, (_, i) => i / 100);
    const second = await session.reset({ states, mask: Uint8Array.of(1, 0, 1) });
    assert.deepEqual(second.states.slice(0, nx), states.slice(0, nx));
    assert.deepEqual(second.states.slice(nx, 2 * nx), first.states.slice(nx, 2 * nx));
    assert.deepEqual(second.states.slice(2 * nx), states.slice(2 * nx));
    assert.deepEqual(second.episodes, [0n, 0n, 1n]);
    await assert.rejects(session.reset({ seeds: [1n] }), {
      name: "RangeError",
      message: "seeds must have 3 entries, shape (3), but has 1",
    });
    await assert.rejects(
      session.reset({ mask: [true] }),
      /mask must have 3 entries, shape \(3\), but has 1/,
    );
  });

  test("starts the next episode in the step that ends one", async () => {
    await using session = await client.session("swimmer", {
      autoreset: "same-step",
      maxEpisodeSteps: 2,
    });
    await session.reset({ seeds: [4n] });
    const one = await session.step([0, 0]);
    assert.deepEqual(one.resets, []);
    const two = await session.step([0, 0]);
    assert.equal(two.truncated[0], 1);
    const [reset] = two.resets;
    assert.deepEqual([reset?.environment, reset?.seed, reset?.episode], [0, 4n, 1n]);
    assert.equal(reset?.finalState?.length, session.environment.nx);
    assert.notDeepEqual(reset?.finalState, two.states);
  });

  test("starts the next episode in the step after one", async () => {
    await using session = await client.session("swimmer", { maxEpisodeSteps: 1 });
    await session.reset({ seeds: [4n] });
    assert.equal((await session.step([0, 0])).truncated[0], 1);
    const { resets, costs } = await session.step([0, 0]);
    assert.deepEqual(resets, [{ environment: 0, seed: 4n, episode: 1n }]);
    assert.equal(costs[0], 0);
  });

  test("needs a reset before its first step, and after an episode if nothing else starts one", async () => {
    await using session = await client.session("swimmer", {
      autoreset: "disabled",
      maxEpisodeSteps: 1,
    });
    const refused = (error: unknown) => {
      assert.ok(error instanceof FailedPreconditionError);
      assert.equal(error.reason, "NEEDS_RESET");
      return true;
    };
    await assert.rejects(session.step([0, 0]), refused);
    await session.reset();
    await session.step([0, 0]);
    await assert.rejects(session.step([0, 0]), refused);
    assert.equal(await session.stepCount(), 1);
  });

  test("refuses actions out of bounds, or clips them", async () => {
    await using strict = await client.session("swimmer");
    await strict.reset();
    const beyond = [(strict.environment.action[0]?.upper ?? 0) + 1, 0];
    await assert.rejects(strict.step(beyond), (error) => {
      assert.ok(error instanceof InvalidArgumentError);
      assert.deepEqual([error.reason, error.field], ["ACTION_OUT_OF_BOUNDS", "actions"]);
      return true;
    });
    assert.equal((await strict.step([0, 0])).step, 1);
    await using lenient = await client.session("swimmer", { bounds: "clip" });
    await lenient.reset();
    assert.deepEqual([...(await lenient.step(beyond)).clipped], [1]);
    await assert.rejects(lenient.step([Number.NaN, 0]), { reason: "NON_FINITE_INPUT" });
    await assert.rejects(lenient.step([0]), { name: "RangeError" });
  });

  test("goes on from a snapshot with the same bits, here, elsewhere and in a fork", async () => {
    await using session = await client.session("walker", { environments: 2 });
    const { nu } = session.environment;
    const us = Float64Array.from({ length: 2 * nu }, (_, i) => i - 5);
    await session.reset({ seeds: [1n, 2n] });
    await session.step(us);
    const snapshot = await session.snapshot();
    assert.deepEqual([snapshot.size, snapshot.environmentId], [2, "walker"]);
    assert.equal(snapshot.modelDigest, session.environment.modelDigest);
    await using fork = await session.fork();
    const expected = (await session.step(us)).states;
    assert.deepEqual((await fork.step(us)).states, expected);
    assert.equal(await fork.stepCount(), 1);

    const other = await anotherClient();
    const elsewhere = await other.session("walker", { environments: 2 });
    await elsewhere.restore(Snapshot.fromBytes(snapshot.toBytes()));
    assert.deepEqual((await elsewhere.step(us)).states, expected);
    await other.close();

    await session.restore(snapshot);
    assert.deepEqual((await session.step(us)).states, expected);

    const row = await session.snapshot([1]);
    assert.equal(row.size, 1);
    await session.restore(row, [0]);
    await using twins = await session.fork([0, 0]);
    const { states } = await twins.step(new Float64Array(2 * nu));
    const { nx } = session.environment;
    assert.deepEqual(states.slice(0, nx), states.slice(nx));
  });

  test("takes no snapshot of another model", async () => {
    await using swimmer = await client.session("swimmer");
    await swimmer.reset();
    await using long = await client.session("swimmer", { parameters: { links: 4 } });
    await assert.rejects(long.restore(await swimmer.snapshot()), {
      name: "FailedPreconditionError",
      reason: "SNAPSHOT_MODEL_MISMATCH",
    });
    assert.throws(
      () => Snapshot.fromBytes(new Uint8Array(0)),
      /^RangeError: snapshot is not a snapshot: environment_id is missing$/,
    );
    assert.throws(
      () => Snapshot.fromBytes(Uint8Array.of(255, 255), "x.bin"),
      /^RangeError: x.bin is not a snapshot: it cannot be read$/,
    );
  });

  test("carries out commands that are not awaited one after the other", async () => {
    await using session = await client.session("swimmer");
    const results = await Promise.all([
      session.reset({ seeds: [1n] }),
      session.step([1, 0]),
      session.step([0, 1]),
      session.stepCount(),
    ]);
    assert.deepEqual([results[1].step, results[2].step, results[3]], [1, 2, 2]);
  });

  test("is taken up again by its id", async () => {
    const session = await client.session("swimmer", { lease: 30 });
    await session.reset({ seeds: [1n] });
    await session.step([0, 0]);
    session.detach();
    const other = await anotherClient();
    const attached = await other.attach(session.id);
    assert.equal(await attached.stepCount(), 1);
    assert.equal((await attached.step([0, 0])).step, 2);

    // Whoever does not know of the last step is told its answer instead of stepping.
    assert.equal((await session.step([0, 0])).step, 2);
    assert.equal((await session.step([0, 0])).step, 3);
    await attached.close();
    await assert.rejects(session.step([0, 0]), SessionExpiredError);
    await session.close();
    await other.close();
  });

  test("notices the steps of other clients", async () => {
    await using session = await client.session("swimmer");
    await session.reset();
    const other = await anotherClient();
    const attached = await other.attach(session.id);
    attached.detach();
    for (let i = 0; i < 3; i++) {
      await attached.step([1, 0]);
    }
    await assert.rejects(session.step([0, 0]), (error) => {
      assert.ok(error instanceof StepOutOfOrderError);
      assert.deepEqual({ ...error.metadata }, { expected_step: "0", session_step: "3" });
      return true;
    });
    assert.equal((await session.step([0, 0])).step, 4);
    await other.close();
  });

  test("ends with its lease unless that is renewed", async () => {
    const expiring = await client.session("swimmer", { lease: 5, renew: false });
    await using renewed = await client.session("swimmer", { lease: 5 });
    await pause(7000);
    await assert.rejects(expiring.reset(), (error) => {
      assert.ok(error instanceof SessionExpiredError);
      assert.equal(error.reason, "SESSION_EXPIRED");
      return true;
    });
    await renewed.reset();
    await expiring.close();
  });

  test("gets another lease", async () => {
    await using session = await client.session("swimmer", { lease: 20 });
    const remaining = (await session.renew(600)).getTime() - Date.now();
    assert.ok(remaining > 500_000, `${remaining} ms`);
    for (const lease of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(session.renew(lease), {
        name: "RangeError",
        message: /^lease must be above 0 s/,
      });
    }
    await assert.rejects(session.renew(1e9), {
      name: "InvalidArgumentError",
      reason: "FIELD_OUT_OF_RANGE",
    });
  });

  test("is refused with options that do not exist", async () => {
    await assert.rejects(client.session("swimmer", { bounds: "wrap" as "clip" }), {
      name: "RangeError",
      message: "bounds must be one of reject, clip, but is the text 'wrap'",
    });
    for (const name of ["environments", "maxEpisodeSteps"]) {
      for (const value of [0, -1, 1.5, Number.NaN, 2 ** 31, "1" as unknown as number]) {
        await assert.rejects(client.session("swimmer", { [name]: value }), {
          name: "RangeError",
          message: `${name} must be a whole number from 1 to 2147483647, but is ${
            value === ("1" as unknown) ? "the text '1'" : value
          }`,
        });
      }
    }
    const parameters = { links: "3" as unknown as number };
    await assert.rejects(client.session("swimmer", { parameters }), {
      name: "TypeError",
      message: "parameters.links must be a number, but is the text '3'",
    });
    await assert.rejects(client.session("swimmer", { environments: 1e6 }), {
      name: "InvalidArgumentError",
      field: "num_environments",
    });
  });
});
