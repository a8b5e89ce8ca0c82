import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { type Client, type ConnectOptions, connect } from "gaitway";
import { split } from "shlex";
import { readHandshake } from "#dist/handshake.js";

// Tests bring their own server.
delete process.env.GAITWAY_SERVER;

/** The environment of a program that is to start a server of its own, not to use that of the tests. */
export function withoutServer(): NodeJS.ProcessEnv {
  const { GAITWAY_PARENT_SERVER: _, ...env } = process.env;
  return env;
}

let shared: Promise<Client> | undefined;
let started: TestServer | undefined;

/** The client whose server all tests share: on a port, since some put a proxy before it. */
export function sharedClient(): Promise<Client> {
  shared ??= startServer("--port", "0").then((server) => {
    started = server;
    return connect(server.address);
  });
  return shared;
}

after(async () => {
  await (await shared)?.close();
  await started?.[Symbol.asyncDispose]();
});

/** Another client of the shared server. */
export async function anotherClient(options?: ConnectOptions): Promise<Client> {
  return connect((await sharedClient()).address, options);
}

/** A server with flags of its own, which tests may kill. */
export interface TestServer extends AsyncDisposable {
  readonly address: string;
  readonly child: ChildProcess;
}

/** Starts a server with more flags. */
export async function startServer(...flags: string[]): Promise<TestServer> {
  const command = split(process.env.GAITWAY_COMMAND ?? "../../gaitway");
  const [program = "", ...words] = command;
  const child = spawn(program, [...words, "serve", "--until-eof", ...flags], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => {});
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const address = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the server ended before it was ready")));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const address = readHandshake(line);
      if (address !== undefined) {
        resolve(address.text);
      }
    });
  });
  return {
    address,
    child,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
