import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  CancelledError,
  type Client,
  connect,
  DeadlineExceededError,
  ResourceExhaustedError,
  type RolloutRequest,
  type Simulator,
  UnavailableError,
} from "gaitway";
import { anotherClient, sharedClient, startServer } from "./server.js";

/** Some seconds' work of a server. */
async function longWork(client: Client): Promise<[RolloutRequest, Simulator]> {
  const simulator = await client.simulator("walker");
  const { nu, initialState } = simulator.environment;
  const [horizon, count] = [400, 10_000];
  const us = new Float64Array(horizon * nu);
  const initialStates = Array(count)
    .fill([...initialState.mean])
    .flat();
  const controllers = [{ kind: "open-loop", us }] as const;
  return [{ horizon, initialStates, controllers, summary: true }, simulator];
}

/** A proxy whose connections can be made to fail; the first ones break as soon as something comes. */
async function faultyProxy(address: string, breaks = 0) {
  const [host, port] = address.split(":");
  const pairs = new Set<[client: Socket, server: Socket]>();
  let connections = 0;
  const proxy = createServer((client) => {
    client.on("error", () => {});
    if (connections++ < breaks) {
      client.once("data", () => client.destroy());
      return;
    }
    const server = connectSocket(Number(port), host);
    server.on("error", () => client.destroy());
    client.on("close", () => server.destroy());
    client.pipe(server).pipe(client);
    pairs.add([client, server]);
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    connections: () => connections,
    /** From now on nothing passes. */
    freeze() {
      for (const [client, server] of pairs) {
        client.unpipe(server).pause();
        server.unpipe(client).pause();
      }
    },
    /** The next answer does not arrive; the connection breaks instead. */
    loseAnswer() {
      for (const [client, server] of pairs) {
        server.unpipe(client).resume();
        server.once("data", () => client.destroy());
      }
    },
    close: () => proxy.close(),
  };
}

describe("faults", () => {
  test("nobody answers", async () => {
    const client = await connect("127.0.0.1:1");
    await assert.rejects(client.serverInfo(), (error) => {
      assert.ok(error instanceof UnavailableError);
      assert.equal(
        error.message,
        "no Gaitway server answers at 127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1); start one with: ./gaitway serve --host 127.0.0.1 --port 1",
      );
      return true;
    });
    await client.close();
    const socket = await connect("unix:/nowhere/gaitway.socket");
    await assert.rejects(socket.serverInfo(), {
      name: "UnavailableError",
      message: /no Gaitway server answers at unix:\/nowhere\/gaitway.socket \(connect ENOENT/,
    });
    await socket.close();
    const nameless = await connect("no-such-host.invalid:7447");
    await assert.rejects(nameless.serverInfo(), {
      name: "UnavailableError",
      message: /no Gaitway server answers at no-such-host.invalid:7447/,
    });
    await nameless.close();
  });

  test("a call that can be made twice is made again when the connection breaks", async () => {
    const proxy = await faultyProxy((await sharedClient()).address, 2);
    const client = await connect(proxy.address);
    assert.match((await client.serverInfo()).server, /^gaitway/);
    proxy.loseAnswer();
    assert.match((await client.serverInfo()).server, /^gaitway/);
    await client.close();
    proxy.close();
  });

  test("but not for ever", async () => {
    const proxy = await faultyProxy((await sharedClient()).address, 1000);
    const client = await connect(proxy.address);
    await assert.rejects(client.serverInfo(), {
      name: "UnavailableError",
      message: /^no Gaitway server answers at \S+ \(|^the connection to the server at \S+ broke/,
    });
    await client.close();
    proxy.close();
  });

  test("a call that cannot be made twice is not made again", async () => {
    const proxy = await faultyProxy((await sharedClient()).address);
    const client = await connect(proxy.address);
    const session = await client.session("swimmer");
    await session.reset({ seeds: [1n] });
    proxy.loseAnswer();
    await assert.rejects(session.reset(), {
      name: "UnavailableError",
      message: /^the connection to the server at \S+ broke during reset/,
    });
    const { episodes } = await session.reset();
    assert.deepEqual(episodes, [2n]);
    await client.close();
    proxy.close();
  });

  test("a step whose answer got lost is not carried out twice", async () => {
    const proxy = await faultyProxy((await sharedClient()).address);
    const client = await connect(proxy.address);
    const session = await client.session("swimmer");
    await session.reset({ seeds: [1n] });
    proxy.loseAnswer();
    const result = await session.step([1, -1]);
    assert.equal(proxy.connections(), 2);
    assert.equal(result.step, 1);
    assert.equal((await session.step([1, -1])).step, 2);
    await client.close();
    proxy.close();
  });

  test("a step whose fate is unknown is asked for", async () => {
    const proxy = await faultyProxy((await sharedClient()).address);
    const client = await connect(proxy.address);
    const session = await client.session("swimmer");
    await session.reset({ seeds: [1n] });
    const stream = await session.stream();
    await stream.step([1, -1]);
    proxy.loseAnswer();
    await assert.rejects(stream.step([1, -1]), UnavailableError);
    assert.equal(await session.stepCount(), 2);
    assert.equal((await session.step([1, -1])).step, 3);
    await client.close();
    proxy.close();
  });

  test("the server dies in the middle", async () => {
    await using server = await startServer("--port", "0");
    const client = await connect(server.address);
    const session = await client.session("swimmer");
    const stream = await session.stream();
    await stream.reset();
    await stream.step([0, 0]);
    const [request, simulator] = await longWork(client);
    const fails = [
      assert.rejects(simulator.rollout(request), UnavailableError),
      assert.rejects(
        (async () => {
          for (;;) {
            await stream.step([0, 0]);
          }
        })(),
        (error) => {
          assert.ok(error instanceof UnavailableError, String(error));
          assert.match(error.message, /broke during step stream/);
          return true;
        },
      ),
    ];
    setTimeout(() => server.child.kill("SIGKILL"), 100);
    await Promise.all(fails);
    await assert.rejects(stream.step([0, 0]), /the stream has ended/);
    await assert.rejects(session.step([0, 0]), UnavailableError);
    await client.close();
  });

  test("a server that comes back is found again", async () => {
    const first = await startServer("--port", "0");
    const port = first.address.split(":")[1] as string;
    const client = await connect(first.address);
    await client.serverInfo();
    await first[Symbol.asyncDispose]();
    await assert.rejects(client.serverInfo(), UnavailableError);
    await using second = await startServer("--port", port);
    assert.equal(second.address, client.address);
    assert.match((await client.serverInfo()).server, /^gaitway/);
    await client.close();
  });

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
      assert.equal(error.message, "rollout of a closed client was cancelled");
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

  test("over a Unix domain socket everything is the same", async () => {
    const directory = await mkdtemp(join(tmpdir(), "gaitway-"));
    const path = join(directory, "socket");
    {
      await using server = await startServer("--unix", path);
      assert.ok(server.address.includes(path), server.address);
      const client = await connect(`unix:${path}`);
      const states = await (await client.simulator("walker")).initialStates(3n, 2);
      const tcp = await (await (await sharedClient()).simulator("walker")).initialStates(3n, 2);
      assert.deepEqual(states, tcp);
      await client.close();
    }
    await rm(directory, { recursive: true });
  });
});
