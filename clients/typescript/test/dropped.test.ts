import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Client, type Session, SessionExpiredError } from "gaitway";
import { anotherClient, sharedClient } from "./server.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Runs a program that makes sessions on the shared server; gives the words that it printed. */
async function program(source: string): Promise<string[]> {
  const { address } = await sharedClient();
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source, address], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  assert.deepEqual(await once(child, "close"), [0, null]);
  return output.trim().split(/\s+/);
}

describe("a session that is dropped", () => {
  let client: Client;
  before(async () => {
    client = await anotherClient();
  });

  /** Whether the session is on the server. */
  async function lives(id: string): Promise<boolean> {
    try {
      (await client.attach(id)).detach();
      return true;
    } catch (error) {
      assert.ok(error instanceof SessionExpiredError);
      return false;
    }
  }

  /** Collects garbage until the session has ended, for a minute at most. */
  async function ends(id: string): Promise<boolean> {
    for (let tries = 0; tries < 1200; tries++) {
      collectGarbage();
      await pause(50);
      if (!(await lives(id))) {
        return true;
      }
    }
    return false;
  }

  test("ends when its object is collected, with its stream", async () => {
    const drop = async () => (await client.session("swimmer")).id;
    assert.ok(await ends(await drop()));
    const dropWithStream = async () => {
      const session = await client.session("swimmer");
      const stream = await session.stream();
      await stream.reset();
      return session.id;
    };
    assert.ok(await ends(await dropWithStream()));
    const dropFork = async () => {
      await using session = await client.session("swimmer");
      await session.reset();
      return (await session.fork()).id;
    };
    assert.ok(await ends(await dropFork()));
  });

  test("does not end while it is used", async () => {
    const streamOnly = async () => {
      const session = await client.session("swimmer");
      return [session.id, await session.stream()] as const;
    };
    const [id, stream] = await streamOnly();
    const pending = async () => (await client.session("swimmer")).reset({ seeds: [1n] });
    const reset = pending();
    for (let i = 0; i < 10; i++) {
      collectGarbage();
      await pause(20);
    }
    await reset;
    assert.ok(await lives(id));
    await stream.reset();
    assert.equal((await stream.step([0, 0])).step, 1);
    await stream.session.close();
    assert.ok(!(await lives(id)));
  });

  test("lives on if it was detached, or is another's", async () => {
    const detach = async () => {
      const session = await client.session("swimmer");
      session.detach();
      return session.id;
    };
    const id = await detach();
    const attach = async () => void (await client.attach(id));
    await attach();
    for (let i = 0; i < 10; i++) {
      collectGarbage();
      await pause(20);
    }
    assert.ok(await lives(id));
    await (await client.attach(id)).close();
  });

  test("ends with a program that has nothing left to do", async () => {
    const ids = await program(`
      import { connect } from "gaitway";
      const client = await connect(process.argv[1]);
      const session = await client.session("swimmer");
      const streaming = await client.session("swimmer");
      await (await streaming.stream()).close();
      const detached = await client.session("swimmer");
      detached.detach();
      console.log(session.id, streaming.id, detached.id);
      globalThis.kept = [client, session, streaming];`);
    assert.equal(ids.length, 3);
    assert.deepEqual(await Promise.all(ids.map(lives)), [false, false, true]);
    await (await client.attach(ids[2] as string)).close();
  });

  test("ends with a worker thread that has nothing left to do", async () => {
    const [id = ""] = await program(`
      import { Worker } from "node:worker_threads";
      const source = \`
        import { parentPort, workerData } from "node:worker_threads";
        import { connect } from "gaitway";
        const client = await connect(workerData);
        globalThis.session = await client.session("swimmer");
        parentPort.postMessage(session.id);\`;
      const worker = new Worker(source, { eval: true, workerData: process.argv[1] });
      worker.on("message", (id) => console.log(id));`);
    assert.equal(await lives(id), false);
  });

  test("keeps no program waiting for servers that do not answer", async () => {
    const ids = await program(`
      import { connect } from "gaitway";
      import { createServer, connect as open } from "node:net";
      const [host, port] = process.argv[1].split(":");
      let frozen = false;
      globalThis.kept = [];
      for (let i = 0; i < 3; i++) {
        const proxy = createServer((socket) => {
          const other = open(Number(port), host);
          socket.on("data", (data) => frozen || other.write(data)).on("error", () => {});
          other.on("data", (data) => socket.write(data)).unref();
          socket.unref();
        });
        await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
        proxy.unref();
        const client = await connect("127.0.0.1:" + proxy.address().port);
        kept.push(client, await client.session("swimmer"), await client.session("swimmer"));
      }
      const client = await connect(process.argv[1]);
      const session = await client.session("swimmer");
      kept.push(client, session);
      console.log(session.id);
      frozen = true;`);
    // One that answers is told at once.
    assert.deepEqual(await Promise.all(ids.map(lives)), [false]);
  });
});

describe("cancelling", () => {
  /** Calls that are aborted at several times after they began, so that some have been carried out. */
  async function aborted(call: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    for (const delay of [0, 0, 1, 2, 4, 8]) {
      const abort = new AbortController();
      const outcome = call(abort.signal).catch((error) =>
        assert.equal(error.name, "CancelledError"),
      );
      if (delay > 0) {
        await pause(delay);
      }
      abort.abort();
      await outcome;
    }
  }

  test("leaves a session usable", async () => {
    const client = await sharedClient();
    const own: Session = await client.session("walker", { environments: 64, bounds: "clip" });
    await using session = own;
    const us = new Float64Array(64 * session.environment.nu);
    await session.reset({ seeds: Array(64).fill(1n) });
    for (const call of [
      (signal: AbortSignal) => session.step(us, { signal }),
      (signal: AbortSignal) => session.reset({}, { signal }),
      (signal: AbortSignal) => session.reset({ seeds: Array(64).fill(2n) }, { signal }),
      (signal: AbortSignal) => session.snapshot([], { signal }),
      (signal: AbortSignal) => session.renew(100, { signal }),
      (signal: AbortSignal) => session.stepCount({ signal }),
      async (signal: AbortSignal) => (await session.fork([0], { signal })).close(),
      async (signal: AbortSignal) => {
        await using stream = await session.stream({ signal });
        for (let i = 0; i < 5; i++) {
          await stream.step(us);
        }
      },
    ]) {
      await aborted(call);
      const before = await session.stepCount();
      await session.reset();
      assert.equal((await session.step(us)).step, before + 1);
    }
  });

  test("a stream ends it with the signal's reason", async () => {
    await using session = await (await sharedClient()).session("swimmer");
    const abort = new AbortController();
    const stream = await session.stream({ signal: abort.signal });
    await stream.reset();
    abort.abort("enough");
    await stream.close();
    await assert.rejects(stream.step([0, 0]), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /the stream has ended/);
      assert.equal((error.cause as Error).cause, "enough");
      return true;
    });
    await assert.rejects(session.stream({ signal: abort.signal }), { name: "CancelledError" });
    assert.equal((await session.step([0, 0])).step, 1);
  });
});
