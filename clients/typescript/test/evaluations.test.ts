import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { status } from "@grpc/grpc-js";
import {
  connect,
  evaluate,
  FailedPreconditionError,
  NotFoundError,
  PermissionDeniedError,
  type Round,
} from "gaitway";
import { fakeEvaluation } from "./evaluation-service.js";
import { sharedClient } from "./server.js";

const position = (states: Float64Array) => states.filter((_, i) => i % 2 === 0);

describe("an evaluation", () => {
  test("is controlled round by round to its end", async () => {
    await using service = await fakeEvaluation();
    const rounds: Round[] = [];
    const seen: number[] = [];
    const results = await evaluate(
      async (states, n, round) => {
        assert.equal(states.length, 2 * n);
        rounds.push(round);
        return position(states);
      },
      { server: service.address, evaluation: "e1", onResult: ({ episode }) => seen.push(episode) },
    );
    assert.deepEqual(service.actions, [[0, 1], [2, 3], [4]]);
    assert.deepEqual(
      rounds.map(({ episodes, steps }) => [episodes, steps]),
      [
        [
          [0, 1],
          [0, 0],
        ],
        [
          [0, 1],
          [1, 1],
        ],
        [[0], [2]],
      ],
    );
    assert.deepEqual([rounds[0]?.environment.nx, rounds[0]?.environment.nu], [2, 1]);
    assert.equal(rounds[0]?.evaluation.actionDeadline, 1.5);
    assert.deepEqual(seen, [1, 0]);
    const [one, zero] = results;
    assert.deepEqual(
      [one?.episode, one?.outcome, one?.steps, one?.digest],
      [1, "terminated", 2, "ab01"],
    );
    assert.deepEqual(
      [zero?.episode, zero?.outcome, zero?.cost, zero?.fault],
      [0, "completed", 1.5, "none"],
    );
  });

  test("is named by the environment", async () => {
    await using service = await fakeEvaluation();
    const names = ["GAITWAY_EVALUATION_SERVER", "GAITWAY_EVALUATION"] as const;
    try {
      process.env[names[0]] = service.address;
      await assert.rejects(evaluate(position), /no evaluation is named/);
      process.env[names[1]] = "e1";
      assert.equal((await evaluate(position)).length, 2);
    } finally {
      for (const name of names) {
        delete process.env[name];
      }
    }
  });

  test("is attached to again when the connection breaks", async () => {
    await using service = await fakeEvaluation([
      { after: 1, how: "break" },
      { after: 0, how: "break" },
    ]);
    const results = await evaluate(position, { server: service.address, evaluation: "e1" });
    assert.equal(service.attachments(), 3);
    assert.deepEqual(service.actions, [[0, 1], [2, 3], [4]]);
    assert.equal(results.length, 2);
  });

  test("is given up when every connection breaks", async () => {
    await using service = await fakeEvaluation(Array(9).fill({ after: 0, how: "break" }));
    await assert.rejects(evaluate(position, { server: service.address, evaluation: "e1" }), {
      name: "UnavailableError",
    });
    assert.equal(service.attachments(), 5);
  });

  test("ends with a fault of the controller, and goes on with another attachment", async () => {
    await using service = await fakeEvaluation([
      { after: 2, how: { code: status.FAILED_PRECONDITION, reason: "CONTROLLER_FAULT" } },
    ]);
    const options = { server: service.address, evaluation: "e1" };
    await assert.rejects(evaluate(position, options), (error) => {
      assert.ok(error instanceof FailedPreconditionError);
      assert.equal(error.reason, "CONTROLLER_FAULT");
      return true;
    });
    assert.equal((await evaluate(position, options)).length, 1);
  });

  test("ends when another takes over", async () => {
    await using service = await fakeEvaluation([
      { after: 1, how: { code: status.ABORTED, reason: "CONTROL_TAKEN_OVER" } },
    ]);
    await assert.rejects(evaluate(position, { server: service.address, evaluation: "e1" }), {
      name: "GaitwayError",
      reason: "CONTROL_TAKEN_OVER",
    });
    assert.equal(service.attachments(), 1);
  });

  test("ends with what the controller throws, or answers wrongly", async () => {
    await using service = await fakeEvaluation();
    const options = { server: service.address, evaluation: "e1" };
    const broken = new Error("a bug of the controller");
    await assert.rejects(
      evaluate(() => {
        throw broken;
      }, options),
      broken,
    );
    await assert.rejects(
      evaluate(() => [1], options),
      {
        name: "RangeError",
        message: "actions must have 2 entries, shape (2, 1), but has 1",
      },
    );
    assert.deepEqual(service.actions, []);
  });

  test("is given up on a signal", async () => {
    await using service = await fakeEvaluation();
    const abort = new AbortController();
    const act = (states: Float64Array) => {
      abort.abort("enough");
      return position(states);
    };
    const options = { server: service.address, evaluation: "e1", signal: abort.signal };
    const gone = { name: "CancelledError", cause: "enough" };
    await assert.rejects(evaluate(act, options), gone);
    await assert.rejects(evaluate(act, options), gone);
  });

  test("must exist", async () => {
    await using service = await fakeEvaluation();
    await assert.rejects(evaluate(position, { server: service.address, evaluation: "e2" }), {
      name: "NotFoundError",
      reason: "EVALUATION_NOT_FOUND",
    });
  });

  test("is removed only by who may do all on the server", async () => {
    await using own = await connect();
    await assert.rejects(own.evaluations.remove("none"), NotFoundError);
    const shared = await sharedClient();
    await assert.rejects(shared.evaluations.remove("none"), PermissionDeniedError);
  });

  test("is made, described and listed", async () => {
    await using service = await fakeEvaluation();
    const client = await connect(service.address);
    const [suite] = await client.evaluations.suites();
    assert.deepEqual(
      [suite?.id, suite?.seed, suite?.minActionDeadline, suite?.maxActionDeadline],
      ["points", 2n ** 63n, 0.01, 60],
    );
    assert.deepEqual(suite?.environments, [
      { id: "point", parameters: { mass: 2 }, modelDigest: "d0" },
    ]);
    const options = { description: "none", actionDeadline: 0.25, parallel: 1 };
    const evaluation = await client.evaluations.create("points", "still", options);
    assert.equal(evaluation.id, "e1");
    assert.deepEqual(service.created, [
      {
        suite: "points",
        controller: "still",
        description: "none",
        actionDeadline: { seconds: 0n, nanos: 250_000_000 },
        parallel: 1,
      },
    ]);
    await assert.rejects(client.evaluations.create("points", "x", { actionDeadline: 0 }), {
      name: "RangeError",
      message: /^actionDeadline must be above 0 s/,
    });
    await client.evaluations.control(evaluation.id, position);
    const { evaluation: after, episodes } = await client.evaluations.get(evaluation.id);
    assert.equal(after.attachments, 1);
    assert.deepEqual(after.createTime, new Date(0));
    assert.deepEqual(
      episodes.map(({ episode }) => episode),
      [0, 1],
    );
    assert.deepEqual(
      (await client.evaluations.leaderboard("points")).map(({ endTime }) => endTime),
      [new Date(1000), new Date(2000)],
    );
    assert.deepEqual(await client.evaluations.leaderboard(), []);
    await assert.rejects(client.evaluations.leaderboard("endless"), /a page was given twice/);
    await client.close();
  });
});
