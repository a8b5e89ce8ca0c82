import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CancelledError, connect, DeadlineExceededError, ResourceExhaustedError } from "gaitway";
import { longWork } from "./long-work.js";
import { faultyProxy } from "./proxy.js";
import { anotherClient, sharedClient, startServer } from "./server.js";

describe("limits:", () => {
  test("a deadline passes", async () => {
    const client = await anotherClient({ deadline: 60_000 });
    const [request, simulator] = await longWork(client);
    await assert.rejects(simulator.rollout(request, { deadline: 20 }), (error) => {
      assert.ok(error instanceof DeadlineExceededError);
      assert.equal(
        error.message,
        `rollout did not finish within 20 ms (server ${client.address}); allow more time with the option deadline`,
      );
      return true;
    });
    await assert.rejects(async () => simulator.rollout(request, { deadline: -1 }), {
      name: "RangeError",
      message: "deadline must be above 0 ms, or Infinity for no limit, but is -1",
    });
    await assert.rejects(anotherClient({ deadline: Number.NaN }), RangeError);
    await client.close();
  });

  test("a stream that is not answered in time is given up", async () => {
    const proxy = await faultyProxy((await sharedClient()).address);
    const client = await connect(proxy.address, { deadline: 3000 });
    const session = await client.session("swimmer");
    session.detach();
    const stream = await session.stream();
    await stream.reset();
    proxy.freeze();
    const steps = [stream.step([0, 0]), stream.step([0, 0])];
    await assert.rejects(steps[0] as Promise<unknown>, {
      name: "StepTimeoutError",
      message:
        /^step stream did not finish within 3 s .* The step may have been carried out: stepCount/,
      step: 1,
    });
    await assert.rejects(steps[1] as Promise<unknown>, DeadlineExceededError);
    await stream.close();
    // Over another connection the server says how far it is.
    assert.equal(await session.stepCount(), 0);
    assert.equal((await session.step([0, 0])).step, 1);
    await client.close();
    proxy.close();
  });

  test("a signal is aborted", async () => {
    const client = await anotherClient();
    const [request, simulator] = await longWork(client);
    const abort = new AbortController();
    setTimeout(() => abort.abort("enough"), 50);
    await assert.rejects(simulator.rollout(request, { signal: abort.signal }), (error) => {
      assert.ok(error instanceof CancelledError);
      assert.equal(error.message, "rollout was cancelled");
      assert.equal(error.cause, "enough");
      return true;
    });
    await assert.rejects(client.serverInfo({ signal: abort.signal }), CancelledError);
    await client.close();
  });

  test("the client is closed with calls in progress", async () => {
    const client = await anotherClient();
    const [request, simulator] = await longWork(client);
    const session = await client.session("swimmer");
    const fails = assert.rejects(simulator.rollout(request), (error) => {
      assert.ok(error instanceof CancelledError);
      assert.equal(error.message, "rollout was cancelled: the client is closed");
      return true;
    });
    await client.close();
    await fails;
    await client.close();
    for (const call of [() => client.serverInfo(), () => session.reset(), () => session.stream()]) {
      await assert.rejects(call(), CancelledError);
    }
    await session.close();
  });

  test("a limit of the server is reached", async () => {
    await using server = await startServer(
      ...["--port", "0", "--max-sessions", "1", "--max-message-bytes", "4096", "--max-steps", "50"],
    );
    const client = await connect(server.address);
    await client.session("swimmer");
    await assert.rejects(client.session("swimmer"), (error) => {
      assert.ok(error instanceof ResourceExhaustedError);
      assert.equal(error.reason, "CAPACITY_REACHED");
      assert.ok((error.retryDelay ?? 0) > 0);
      return true;
    });
    const simulator = await client.simulator("swimmer");
    await assert.rejects(simulator.evaluate(new Float64Array(10_000), new Float64Array(2000)), {
      name: "ResourceExhaustedError",
      reason: "MESSAGE_TOO_LARGE",
    });
    const controllers = [{ kind: "open-loop", us: new Float64Array(20) }] as const;
    const initialStates = new Float64Array(60);
    await assert.rejects(simulator.rollout({ horizon: 10, initialStates, controllers }), {
      name: "InvalidArgumentError",
      reason: "WORK_LIMIT_EXCEEDED",
    });
    await client.close();
  });

  test("an answer is larger than the client takes", async () => {
    const client = await anotherClient({ maxMessageBytes: 1000 });
    await assert.rejects(client.environments(), {
      name: "ResourceExhaustedError",
      message: /option maxMessageBytes/,
    });
    await client.close();
    await assert.rejects(anotherClient({ maxMessageBytes: 0 }), {
      name: "RangeError",
      message: "maxMessageBytes must be a whole number from 1 to 9007199254740991, but is 0",
    });
  });
});
