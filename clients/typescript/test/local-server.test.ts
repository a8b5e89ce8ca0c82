import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "gaitway";
import { inheritedServer } from "#dist/local-server.js";
import { sharedClient, withoutServer } from "./server.js";

/** Waits until nobody listens there any more. */
async function gone(address: string): Promise<void> {
  const path = address.replace(/^unix:/, "");
  for (let tries = 0; tries < 600; tries++) {
    const socket = connectSocket({ path });
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
    env: withoutServer(),
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
    const script = `console.log(["gaitway-server", 1, "tcp", "127.0.0.1:9"].join("|")); process.stdin.resume()`;
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

  test("is used by child processes and worker threads, as long as it runs", async () => {
    await using own = await connect();
    const { address } = own;
    const child = `import { connect } from "gaitway";
      const client = await connect();
      await client.serverInfo();
      console.log(client.address);
      await client.close();`;
    assert.equal(await output(child, process.env), address);
    assert.notEqual(await output(child, withoutServer()), address);
    const worker = `import { Worker } from "node:worker_threads";
      import { connect } from "gaitway";
      const client = await connect();
      const worker = new Worker(${JSON.stringify(child)}, { eval: true });
      await new Promise((resolve) => worker.on("exit", resolve));
      await client.close();
      console.log(client.address, process.env.GAITWAY_PARENT_SERVER);`;
    const [workers, first, told] = (await output(worker, withoutServer())).split(/\s/);
    assert.equal(workers, first);
    assert.equal(told, "undefined");
    const stale = { ...process.env, GAITWAY_PARENT_SERVER: `999999999 ${address}` };
    assert.notEqual(await output(child, stale), address);
  });

  test("is not used when it no longer runs", async () => {
    const { address } = await sharedClient();
    assert.equal(await inheritedServer(`${process.pid} ${address}`), address);
    for (const told of [
      "",
      "nonsense",
      address,
      `${process.pid}`,
      `${process.pid} nowhere`,
      `${process.pid} 127.0.0.1:1`,
      `${process.pid} 127.0.0.1:99999`,
      `999999999 ${address}`,
      `${2 ** 70} ${address}`,
    ]) {
      assert.equal(await inheritedServer(told), undefined, told);
    }
  });

  test("may be started by a script that does not become Java, in a folder with spaces and umlauts", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gaitway ü-"));
    const script = join(folder, "jäva 'shim'.sh");
    const command = process.env.GAITWAY_COMMAND ?? "../../gaitway";
    await writeFile(script, `#!/bin/sh\necho "a line of its own"\n${command} "$@"\nexit $?\n`);
    await chmod(script, 0o755);
    const client = await connect(undefined, { command: `"${script}"` });
    await client.serverInfo();
    await client.close();
    await gone(client.address);
    await rm(folder, { recursive: true });
  });

  test("may have a Java that logs to standard output", async () => {
    process.env.JAVA_TOOL_OPTIONS = "-Xlog:gc*=debug";
    try {
      const client = await connect();
      const simulator = await client.simulator("swimmer");
      const { mean } = simulator.environment.initialState;
      // Garbage enough for more lines than a pipe holds.
      const n = 20_000;
      const states = Float64Array.from({ length: n * mean.length }, (_, i) => mean[i % 10] ?? 0);
      for (let i = 0; i < 40; i++) {
        await simulator.evaluate(states, new Float64Array(2 * n));
      }
      await client.close();
    } finally {
      delete process.env.JAVA_TOOL_OPTIONS;
    }
  });

  test("reads file names as UTF-8 whatever the locale is", async () => {
    const script = `console.log("gaitway-server|1|tcp|127.0.0.1:" + (/UTF-8/.test(process.env.LC_ALL) ? 8 : 7)); process.stdin.resume()`;
    const { LC_ALL, LC_CTYPE, LANG } = process.env;
    for (const locale of [
      { LC_ALL: "C" },
      { LC_ALL: "", LC_CTYPE: "POSIX" },
      { LC_ALL: "de_DE.UTF-8" },
    ]) {
      Object.assign(process.env, { LC_CTYPE: "", LANG: "", ...locale });
      const client = await connect(undefined, {
        command: `'${process.execPath}' --eval '${script}'`,
      });
      assert.equal(client.address, "127.0.0.1:8", JSON.stringify(locale));
      await client.close();
    }
    for (const [name, value] of Object.entries({ LC_ALL, LC_CTYPE, LANG })) {
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
  });

  test("does not stay behind a client that cannot be made", async () => {
    const script = `console.log("gaitway-server|1|tcp|127.0.0.1:9"); process.stdin.resume()`;
    const command = `'${process.execPath}' --eval '${script}'`;
    const before = process.env.GAITWAY_PARENT_SERVER;
    await assert.rejects(connect(undefined, { command, deadline: 0 }), {
      name: "RangeError",
      message: "deadline must be above 0 ms, or Infinity for no limit, but is 0",
    });
    assert.equal(process.env.GAITWAY_PARENT_SERVER, before);
    const nowhere = `'${process.execPath}' --eval 'console.log("gaitway-server|1|tcp|somewhere")'`;
    await assert.rejects(connect(undefined, { command: nowhere }), {
      message: /: it printed a handshake with an address that cannot be used: address must be /,
    });
  });

  test("is found by its handshake, whatever it prints before and after", async () => {
    const noise = `for (let i = 0; i < 20000; i++) console.log("[0.1s][info][gc] a line of the log");`;
    const script = `${noise}
      console.log("gaitway serving on 127.0.0.1:7");
      console.log("gaitway-server|1|tcp|127.0.0.1:9\\r");
      ${noise}
      process.stdin.resume().on("end", () => process.exit(0));`;
    const client = await connect(undefined, {
      command: `'${process.execPath}' --eval '${script}'`,
    });
    assert.equal(client.address, "127.0.0.1:9");
    await client.close();
  });
});

/** What a program prints, without white space around it. */
async function output(source: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  assert.deepEqual(await once(child, "close"), [0, null]);
  return text.trim();
}
