import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Client, connect, UnavailableError } from "gaitway";
import { longWork } from "./long-work.js";
import { faultyProxy } from "./proxy.js";
import { sharedClient, startServer } from "./server.js";

describe("faults", () => {
  test("nobody answers", async () => {
    const client = await connect("127.0.0.1:1");
    await assert.rejects(client.serverInfo(), (error) => {
      assert.ok(error instanceof UnavailableError);
      assert.equal(
        error.message,
        "no Gaitway server answers at 127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1); start one with: gaitway serve --host 127.0.0.1 --port 1",
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

  test("but not forever", async () => {
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
    assert.equal((await stream.step([1, -1])).step, 2, "the answer is sent again");
    proxy.setGone(true);
    await assert.rejects(stream.step([1, -1]), UnavailableError);
    proxy.setGone(false);
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
          assert.match(error.message, /no Gaitway server answers|broke during step stream/);
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

  test("whatever a client does, it does again as soon as its server is back", async () => {
    const server = (await sharedClient()).address;
    const session = async (client: Client) => {
      const session = await client.session("swimmer");
      await session.reset({ seeds: [1n] });
      return session;
    };
    const kinds: ((client: Client) => Promise<() => Promise<unknown>>)[] = [
      async (client) => () => client.serverInfo(),
      async (client) => {
        const simulator = await client.simulator("swimmer");
        return () => simulator.evaluate(simulator.environment.initialState.mean, [0, 0]);
      },
      async (client) => {
        const simulator = await client.simulator("swimmer");
        const { mean } = simulator.environment.initialState;
        return () => simulator.linearize({ xs: [...mean, ...mean], us: [0, 0] });
      },
      async (client) => {
        const stepped = await session(client);
        return () => stepped.step([0, 0]);
      },
      async (client) => {
        const renewed = await session(client);
        return () => renewed.renew();
      },
      async (client) => {
        const streaming = await session(client);
        return async () => {
          await using stream = await streaming.stream();
          await stream.reset();
        };
      },
      async (client) => () => client.evaluations.suites(),
    ];
    await Promise.all(
      kinds.map(async (kind) => {
        const proxy = await faultyProxy(server);
        const client = await connect(proxy.address);
        const call = await kind(client);
        await call();
        proxy.setGone(true);
        // As long as this gRPC's own reconnection would pause for seconds.
        for (const end = Date.now() + 6000; Date.now() < end; ) {
          await assert.rejects(call(), UnavailableError);
        }
        proxy.setGone(false);
        await call();
        await client.close();
        proxy.close();
      }),
    );
  });

  test("a connection that is dead without having been closed is replaced", async () => {
    const proxy = await faultyProxy((await sharedClient()).address);
    const client = await connect(proxy.address);
    const session = await client.session("swimmer");
    await session.reset({ seeds: [1n] });
    proxy.freeze();
    await assert.rejects(client.serverInfo({ deadline: 300 }), { name: "DeadlineExceededError" });
    await client.serverInfo();
    proxy.freeze();
    await assert.rejects(session.step([0, 0], { deadline: 300 }), {
      name: "StepTimeoutError",
      step: 1,
      message:
        /^step did not finish within 300 ms .* The step may have been carried out: stepCount\(\) of the session tells$/,
    });
    assert.equal(await session.stepCount(), 0);
    assert.equal((await session.step([0, 0])).step, 1);
    await client.close();
    proxy.close();
  });

  test("a call in progress outlives another's time limit", async () => {
    const client = await connect((await sharedClient()).address);
    const [request, simulator] = await longWork(client);
    const slow = simulator.rollout({ ...request, horizon: 200 });
    await pause(50);
    await assert.rejects(simulator.rollout(request, { deadline: 20 }), {
      name: "DeadlineExceededError",
    });
    assert.equal((await slow).length, 10_000);
    await client.close();
  });
});
