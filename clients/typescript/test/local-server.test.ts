import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "gaitway";
import "./server.js";

/** Waits until nobody listens there any more. */
async function gone(address: string): Promise<void> {
  const [host, port] = address.split(":");
  for (let tries = 0; tries < 600; tries++) {
    const socket = connectSocket(Number(port), host);
    const refused = await new Promise((resolve) => {
      socket.once("connect", () => resolve(false)).once("error", () => resolve(true));
    });
    socket.destroy();
    if (refused) {
      return;
    }
    await pause(50);
  }
  assert.fail(`a server still listens at ${address}`);
}

/** Starts a program that connects to a server of its own, prints its address, and goes on with `then`. */
async function program(then: string) {
  const source = `
    import { connect } from "gaitway";
    const client = await connect();
    const session = await client.session("swimmer");
    console.log(client.address);
    ${then}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = once(child, "exit");
  const line = once(createInterface({ input: child.stdout }), "line");
  const [address] = await Promise.race([
    line as Promise<[string]>,
    end.then(() => assert.fail("the program ended without an address")),
  ]);
  return { child, address, end };
}

describe("a local server", () => {
  test("ends with its client, which does not keep the program", async () => {
    const { address, end } = await program("await client.close();");
    assert.deepEqual(await end, [0, null]);
    await gone(address);
  });

  test("does not keep a program that forgets to close its client", async () => {
    const { address, end } = await program("");
    assert.deepEqual(await end, [0, null]);
    await gone(address);
  });

  test("does not outlive a program that is killed", async () => {
    const { child, address, end } = await program("setInterval(() => {}, 1000);");
    child.kill("SIGKILL");
    assert.deepEqual(await end, [null, "SIGKILL"]);
    await gone(address);
  });

  test("each client has its own", async () => {
    const [one, two] = await Promise.all([connect(), connect()]);
    assert.notEqual(one.address, two.address);
    await one.close();
    await gone(one.address);
    assert.match((await two.serverInfo()).server, /^gaitway/);
    await two.close();
  });

  test("says why it cannot be started", async () => {
    await assert.rejects(connect(undefined, { command: "no-such-program --flag" }), {
      message:
        'cannot start a Gaitway server with no-such-program: there is no such program. Name a running server (connect("host:port") or GAITWAY_SERVER), or the program (GAITWAY_COMMAND)',
    });
    const failing = `'${process.execPath}' --eval "process.exit(3)"`;
    await assert.rejects(
      connect(undefined, { command: failing }),
      /it ended with code 3; what it printed/,
    );
  });

  test("is started with words that are quoted as in a shell", async () => {
    const script = `console.log(["gaitway serving on", "127.0.0.1:9"].join(" ")); process.stdin.resume()`;
    const client = await connect(undefined, {
      command: `'${process.execPath}' --eval '${script}'`,
    });
    assert.equal(client.address, "127.0.0.1:9");
    await client.close();
  });

  test("is not waited for once the signal is aborted", async () => {
    const silent = `'${process.execPath}' --eval "process.stdin.resume()"`;
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("enough")), 50);
    await assert.rejects(
      connect(undefined, { command: silent, signal: abort.signal }),
      /^Error: enough$/,
    );
    await assert.rejects(connect(undefined, { command: silent, signal: abort.signal }), /enough/);
  });

  test("is not started where an address is named", async () => {
    process.env.GAITWAY_SERVER = "127.0.0.1:9";
    try {
      const client = await connect(undefined, { command: "no-such-program" });
      assert.equal(client.address, "127.0.0.1:9");
      await client.close();
    } finally {
      delete process.env.GAITWAY_SERVER;
    }
    await assert.rejects(
      connect("localhost"),
      /^RangeError: address must be host:port with a port from 1 to 65535, but is 'localhost'/,
    );
  });
});
