import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type Client, InvalidArgumentError, NotFoundError } from "gaitway";
import { anotherClient, sharedClient } from "./server.js";

describe("the catalog", () => {
  let client: Client;
  before(async () => {
    client = await sharedClient();
  });

  test("the server says what it is", async () => {
    const info = await client.serverInfo();
    assert.match(info.server, /^gaitway \d/);
    assert.deepEqual(info.apiVersions.includes("gaitway.v1"), true);
    assert.equal(info.determinism, "model");
    assert.ok(info.capabilities.includes("rollout.mlp"));
    assert.ok(info.limits.maxMessageBytes > 1e6 && info.limits.maxStepsPerRequest > 1e5);
  });

  test("environments are listed with what there is to know of them", async () => {
    const environments = await client.environments();
    const ids = environments.map(({ id }) => id);
    assert.deepEqual(ids, [...ids].sort());
    for (const id of ["hopper", "swimmer", "walker"]) {
      assert.ok(ids.includes(id), id);
    }
    for (const e of environments) {
      assert.equal(e.nx, e.state.length);
      assert.equal(e.nu, e.action.length);
      assert.equal(e.initialState.mean.length, e.nx);
      assert.equal(e.initialState.std.length, e.nx);
      assert.match(e.modelDigest, /^[0-9a-f]{64}$/);
      assert.ok(e.dt > 0 && e.horizon > 0 && e.geometry.length > 0);
    }
  });

  test("parameters are put in force", async () => {
    const plain = await client.environment("swimmer");
    const long = await client.environment("swimmer", { links: 5 });
    assert.equal(long.nx - plain.nx, 4);
    assert.equal(long.parameters.find(({ name }) => name === "links")?.value, 5);
    assert.notEqual(long.modelDigest, plain.modelDigest);
    const simulator = await client.simulator("swimmer", { links: 5 });
    assert.deepEqual(simulator.environment, long);
  });

  test("an environment that does not exist", async () => {
    await assert.rejects(client.environment("flyer"), (error) => {
      assert.ok(error instanceof NotFoundError);
      assert.equal(error.reason, "UNKNOWN_ENVIRONMENT");
      assert.match(error.metadata.known ?? "", /swimmer, walker/);
      return true;
    });
  });

  test("a parameter that is not allowed", async () => {
    await assert.rejects(client.environment("swimmer", { links: 1e6 }), (error) => {
      assert.ok(error instanceof InvalidArgumentError);
      assert.equal(error.reason, "INVALID_PARAMETER");
      assert.equal(error.metadata.parameter, "links");
      assert.match(error.field, /parameters/);
      return true;
    });
  });

  test("the derivatives are checked by the server", async () => {
    const check = await client.checkDerivatives("walker", {}, 5, 3n);
    assert.equal(check.samples, 5);
    assert.equal(check.errors.length, 10);
    assert.ok(check.worst.relativeError < 1e-8, check.worst.entry);
    assert.ok(
      check.errors.every(({ relativeError }) => relativeError <= check.worst.relativeError),
    );
    const { nx, nu } = await client.environment("walker");
    assert.deepEqual([check.worst.state.length, check.worst.action.length], [nx, nu]);
  });

  test("derivatives are checked in corners, where they may jump", async () => {
    const check = await client.checkDerivatives("swimmer", {}, 8, 0n, { corners: true });
    assert.equal(check.samples, 8);
    assert.ok(check.worst.relativeError < 1e-6, check.worst.entry);
    assert.ok(Math.max(...check.errors.map(({ kink }) => kink)) > 1e-4);
  });

  test("what an account has used is counted", async () => {
    assert.equal(await client.usage(), undefined);
    const account = `typescript-${process.pid}`;
    const counted = await anotherClient({ account });
    const simulator = await counted.simulator("swimmer");
    const xs = simulator.environment.initialState.mean;
    await simulator.evaluate(xs, [0, 0]);
    const session = await counted.session("swimmer", { environments: 2 });
    await session.reset();
    await session.step(new Float64Array(4));
    const usage = await counted.usage();
    assert.equal(usage?.evaluatedKnots, 1);
    assert.equal(usage?.sessionSteps, 2);
    assert.ok((usage?.workerSeconds ?? 0) > 0);

    const other = simulator.account(`${account}.other`);
    await other.evaluate(xs, [0, 0]);
    assert.equal((await other.usage())?.evaluatedKnots, 1);
    assert.equal((await simulator.usage())?.evaluatedKnots, 1);
    assert.throws(() => simulator.account("a b"), {
      name: "RangeError",
      message: "account must be 1 to 64 characters of A-Z a-z 0-9 . _ -, but is 'a b'",
    });
    await counted.close();
  });
});
