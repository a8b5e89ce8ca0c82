import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import {
  type Client,
  connect,
  FailedPreconditionError,
  InvalidArgumentError,
  type Session,
} from "gaitway";
import { faultyProxy } from "./proxy.js";
import { anotherClient, sharedClient } from "./server.js";
import { waves } from "./waves.js";

const T = 200;

describe("a stream of steps", () => {
  let client: Client;
  before(async () => {
    client = await sharedClient();
  });

  /** Costs of T steps of two swimmers, by what sends them. */
  async function costs(send: (session: Session, us: Float64Array[]) => Promise<number[]>) {
    await using session = await client.session("swimmer", { environments: 2 });
    const { environment } = session;
    const us = Array.from({ length: T }, (_, t) =>
      Float64Array.of(...waves(environment, T).subarray(2 * t, 2 * t + 2), 1, -1),
    );
    return await send(session, us);
  }

  test("has the same bits in lock step, sent ahead, and without a stream", async () => {
    const seeds = [1n, 2n];
    const alone = await costs(async (session, us) => {
      await session.reset({ seeds });
      const all = [];
      for (const u of us) {
        all.push(...(await session.step(u)).costs);
      }
      return all;
    });
    const lockStep = await costs(async (session, us) => {
      await using stream = await session.stream();
      const { states } = await stream.reset({ seeds });
      const all: number[] = [];
      for await (const result of stream.lockStep(states, T, (_, t) => us[t] as Float64Array)) {
        all.push(...result.costs);
      }
      return all;
    });
    const ahead = await costs(async (session, us) => {
      const stream = await session.stream();
      const reset = stream.reset({ seeds });
      const buffer = new Float64Array(4);
      const answers = us.map((u) => {
        buffer.set(u); // A sent array may change at once.
        return stream.step(buffer);
      });
      assert.equal(stream.inFlight, T + 1);
      await reset;
      const results = await Promise.all(answers);
      assert.equal(stream.inFlight, 0);
      assert.deepEqual(
        results.map(({ step }) => step),
        us.map((_, t) => t + 1),
      );
      await stream.close();
      assert.equal(await session.stepCount(), T);
      return results.flatMap((result) => [...result.costs]);
    });
    assert.equal(alone.length, 2 * T);
    assert.deepEqual(lockStep, alone);
    assert.deepEqual(ahead, alone);
  });

  test("hands the states of each step to the next action", async () => {
    await using session = await client.session("swimmer");
    await using stream = await session.stream();
    const { states } = await stream.reset({ seeds: [3n] });
    const seen = [states];
    const asked: Float64Array[] = [];
    const act = async (now: Float64Array) => {
      asked.push(now);
      return [0, 0];
    };
    for await (const result of stream.lockStep(states, 5, act)) {
      seen.push(result.states);
    }
    assert.deepEqual(asked, seen.slice(0, 5));
  });

  test("ends with a command that is refused, after the answers before it", async () => {
    await using session = await client.session("swimmer");
    const stream = await session.stream();
    const commands = [
      stream.reset(),
      stream.step([0, 0]),
      stream.step([Number.NaN, 0]),
      stream.step([0, 0]),
    ];
    const ends = await Promise.allSettled(commands);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ["fulfilled", "fulfilled", "rejected", "rejected"],
    );
    const [, , refused, behind] = ends as PromiseRejectedResult[];
    assert.ok(refused?.reason instanceof InvalidArgumentError);
    assert.equal(refused.reason.reason, "NON_FINITE_INPUT");
    assert.equal(behind?.reason, refused.reason);
    await assert.rejects(stream.step([0, 0]), /the stream has ended; open another one/);
    await stream.close();

    assert.equal(await session.stepCount(), 1);
    await using next = await session.stream();
    assert.equal((await next.step([0, 0])).step, 2);
  });

  test("failures that nobody looks at end nothing else", async () => {
    await using session = await client.session("swimmer");
    const stream = await session.stream();
    for (let i = 0; i < 5; i++) {
      void stream.step([0, 0]);
    }
    await assert.rejects(stream.step([0, 0]), FailedPreconditionError);
    await stream.close();
  });

  test("keeps the session's other commands away", async () => {
    await using session = await client.session("swimmer");
    const stream = await session.stream();
    for (const command of [
      () => session.step([0, 0]),
      () => session.reset(),
      () => session.stream(),
    ]) {
      await assert.rejects(command(), /the session has an open stream/);
    }
    await stream.close();
    await session.reset();
  });

  test("takes as many commands in flight as the session keeps answers of", async () => {
    await using session = await client.session("swimmer");
    const stream = await session.stream();
    const { window } = stream;
    assert.equal(window, 512);
    await stream.reset();
    const answers = Array.from({ length: window }, () => stream.step([0, 0]));
    await assert.rejects(stream.step([0, 0]), /512 commands wait for their answers/);
    await assert.rejects(stream.step([0]), /512 commands/);
    assert.equal((await Promise.all(answers)).length, window);
    await assert.rejects(stream.step([0]), { name: "RangeError" });
    assert.equal((await stream.step([0, 0])).step, window + 1);
    await stream.close();
  });

  test("gets every answer though the connection breaks", async () => {
    const run = async (own: Client) => {
      await using session = await own.session("swimmer", { environments: 2, maxEpisodeSteps: 40 });
      const stream = await session.stream();
      const answers: Promise<{ readonly states: Float64Array }>[] = [
        stream.reset({ seeds: [1n, 2n] }),
      ];
      for (let t = 0; t < 300; t++) {
        if (t === 150) {
          answers.push(stream.reset());
        }
        answers.push(stream.step([Math.sin(t), Math.cos(t), 1, -1]));
      }
      const all = await Promise.all(answers);
      await stream.close();
      assert.equal(await session.stepCount(), 300);
      return all.flatMap(({ states }) => [...states]);
    };
    const expected = await run(client);
    const proxy = await faultyProxy(client.address, 0, [10_000, 9_000, 20_000]);
    const cut = await connect(proxy.address);
    try {
      assert.deepEqual(await run(cut), expected);
      assert.ok(proxy.connections() >= 4);
    } finally {
      await cut.close();
      proxy.close();
    }
  });

  test("is answered up to its end when it is closed with commands in flight", async () => {
    await using session = await client.session("swimmer");
    const stream = await session.stream();
    const answers = [stream.reset(), stream.step([0, 0]), stream.step([0, 0])];
    await stream.close();
    await Promise.all(answers);
    assert.equal(await session.stepCount(), 2);
  });

  test("two clients do not disturb each other", async () => {
    const run = async (own: Client, seed: bigint) => {
      await using session = await own.session("swimmer");
      await using stream = await session.stream();
      const { states } = await stream.reset({ seeds: [seed] });
      let last = states;
      for await (const result of stream.lockStep(states, 50, () => [1, -1])) {
        last = result.states;
      }
      return last;
    };
    const other = await anotherClient();
    const apart = [await run(client, 1n), await run(client, 2n)];
    const together = await Promise.all([run(client, 1n), run(other, 2n)]);
    assert.deepEqual(together, apart);
    await other.close();
    assert.deepEqual(await run(client, 1n), apart[0]);
  });
});
