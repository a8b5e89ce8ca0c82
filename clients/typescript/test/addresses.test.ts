import assert from "node:assert/strict";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, test } from "node:test";
import { connect, UnavailableError } from "gaitway";
import { sharedClient, startServer } from "./server.js";

describe("a server is found", () => {
  test("at a Unix domain socket, where everything is the same", async () => {
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

  test("at sockets whose names mean something elsewhere", async () => {
    const directory = await mkdtemp(join(tmpdir(), "gaitway ü-"));
    await using server = await startServer("--unix", join(directory, "ü#1.sock"));
    for (const name of ["h#1.sock", "p%41.sock", "ü.sock", "q?a=b.sock", "a b.sock", "c:1"]) {
      const path = join(directory, name);
      await symlink(join(directory, "ü#1.sock"), path);
      for (const address of [`unix:${path}`, `unix://${path}`, `unix:${relative(".", path)}`]) {
        const client = await connect(address);
        assert.match((await client.serverInfo()).server, /^gaitway/, address);
        await client.close();
      }
    }
    assert.ok(server.address.startsWith("unix:"));
    await rm(directory, { recursive: true });
  });

  test("at IPv6 addresses, with zones and without", async () => {
    const [lo] =
      Object.entries(networkInterfaces()).find(([, all]) =>
        all?.some(({ address }) => address === "::1"),
      ) ?? [];
    const zone = lo ?? "lo";
    const hosts = ["::1", "0:0:0:0:0:0:0:1", `::1%${zone}`, `0:0:0:0:0:0:0:1%${zone}`];
    for (const host of hosts) {
      // Whether this machine has the address or not, nobody is at this port of it.
      const client = await connect(`[${host}]:1`);
      await assert.rejects(client.serverInfo(), (error) => {
        assert.ok(error instanceof UnavailableError);
        assert.ok(error.message.startsWith(`no Gaitway server answers at [${host}]:1 (`));
        return true;
      });
      await client.close();
    }
    if (lo === undefined) {
      return;
    }
    await using server = await startServer("--host", "::1", "--port", "0");
    const port = /\d+$/.exec(server.address)?.[0];
    for (const host of hosts) {
      const client = await connect(`[${host}]:${port}`);
      assert.match((await client.serverInfo()).server, /^gaitway/, host);
      await client.close();
    }
  });
});
