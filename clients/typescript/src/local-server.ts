import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { split } from "shlex";
import type { Address } from "./address.js";
import { parseEndpoint } from "./endpoint.js";
import { readHandshake } from "./handshake.js";

/** The first start of the launcher builds the program, ms. */
const START_LIMIT = 300_000;

/** Time that a server gets to end by itself, ms; what it is sent then cannot be refused. */
const STOP_LIMIT = 5000;

/** Time in which an inherited server must accept a connection, ms. */
const CONNECT_LIMIT = 5000;

/**
 * The environment variable that tells child processes and worker threads of a server that was started here: its process id,
 * a space, and its address. Clients in other languages read and set it too.
 */
const PARENT_VARIABLE = "GAITWAY_PARENT_SERVER";

/** What the variable said when this process or thread began: the server of the one that started it. */
const inherited = process.env[PARENT_VARIABLE];

/** The servers of this process or thread, the newest last. */
const running = new Set<LocalServer>();

/**
 * The address of the server that the parent of this process or thread has started, if that runs and listens.
 *
 * @param told what the variable says
 */
export async function inheritedServer(told = inherited ?? ""): Promise<string | undefined> {
  const [, pid, address = ""] = /^(\d+) (.*)$/.exec(told) ?? [];
  let place: Address["place"];
  try {
    // Another program may have the port by now.
    process.kill(Number(pid), 0);
    place = parseEndpoint(address).address.place;
  } catch {
    return undefined;
  }
  const socket = connectSocket(place);
  const listens = await new Promise<boolean>((resolve) => {
    socket.setTimeout(CONNECT_LIMIT, () => resolve(false));
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  });
  socket.destroy();
  return listens ? address : undefined;
}

/** Tells child processes of the newest server that runs. */
function tellChildren(): void {
  const newest = [...running].at(-1);
  const value = newest === undefined ? inherited : `${newest.pid} ${newest.address}`;
  if (value === undefined) {
    delete process.env[PARENT_VARIABLE];
  } else {
    process.env[PARENT_VARIABLE] = value;
  }
}

/**
 * A server in a process of its own that this one started. It ends when its standard input does, so that it never outlives
 * this process, however this one ends; and it does not keep this one alive.
 */
export class LocalServer {
  /** Where it listens, `unix:path`; `host:port` where there are no such sockets. */
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(address: string, child: ChildProcess) {
    this.address = address;
    this.#child = child;
    this.#ended = ending(child);
    running.add(this);
    tellChildren();
    void this.#ended.then(() => this.#forget());
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /**
   * Starts a server on a Unix socket that no other user of the machine reaches, and waits until it is ready.
   *
   * @param command a command line as a shell reads it; absent for `GAITWAY_COMMAND`, else the launcher of the checkout
   *     that this package lies in, else the program that the package carries, else `gaitway` on the `PATH`
   * @throws Error if it cannot be started
   */
  static async start(command: string | undefined, signal?: AbortSignal): Promise<LocalServer> {
    signal?.throwIfAborted();
    const [program, ...words] = commandLine(command);
    const child = spawn(program, [...words, "serve", "--private", "--until-eof"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: inUtf8(process.env),
      // Ctrl-C in a terminal is for this process alone; the server ends with it anyway.
      detached: true,
    });
    // The pipe breaks when the server is killed, which is not this process' fault.
    child.stdin.on("error", () => {});
    try {
      const address = await ready(child, child.stdout, program, signal);
      return new LocalServer(address, child);
    } catch (error) {
      child.stdin.end();
      kill(child, "SIGTERM");
      throw error;
    } finally {
      release(child, child.stdin, child.stdout);
    }
  }

  /** Ends the server and waits for its end. */
  async close(): Promise<void> {
    this.#forget();
    this.#child.stdin?.end();
    this.#child.ref();
    const impatient = setTimeout(() => kill(this.#child, "SIGKILL"), STOP_LIMIT);
    await this.#ended;
    clearTimeout(impatient);
  }

  #forget(): void {
    if (running.delete(this)) {
      tellChildren();
    }
  }
}

/** The environment for a Java that reads and writes file names in UTF-8, whatever this process' locale is. */
function inUtf8(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "C";
  return /^(C|POSIX)$/.test(locale) ? { ...env, LC_ALL: "C.UTF-8" } : env;
}

/** Ends the program and whatever it has started: it may be a script that runs Java without becoming it. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

function ending(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve(undefined);
    }
    child.once("exit", resolve);
  });
}

/** Program and arguments that start Gaitway. */
function commandLine(command = process.env.GAITWAY_COMMAND ?? ""): [string, ...string[]] {
  const [program, ...words] = split(command);
  if (program !== undefined) {
    return [program, ...words];
  }
  const own = launcher();
  return own !== undefined ? [own] : (carried() ?? ["gaitway"]);
}

/** The words that start the program which a packed package carries. */
function carried(): [string, string] | undefined {
  const script = join(
    dirname(dirname(fileURLToPath(import.meta.url))),
    "program",
    "bin",
    "gaitway",
  );
  return existsSync(script) ? ["/bin/sh", script] : undefined;
}

/** The launcher at the root of the checkout that this package lies in as `clients/typescript`. */
function launcher(): string | undefined {
  const home = dirname(dirname(fileURLToPath(import.meta.url)));
  if (basename(home) !== "typescript" || basename(dirname(home)) !== "clients") {
    return undefined;
  }
  const file = join(home, "..", "..", "gaitway");
  try {
    accessSync(file, constants.X_OK);
    return file;
  } catch {
    return undefined;
  }
}

/** Waits for the server's handshake. */
function ready(
  child: ChildProcess,
  output: Readable,
  program: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) =>
      reject(
        new Error(
          `cannot start a Gaitway server with ${program}: ${why}. Name a running server (connect("host:port") or` +
            " GAITWAY_SERVER), or the program (GAITWAY_COMMAND)",
          { cause },
        ),
      );
    const onAbort = () => reject(signal?.reason);
    const limit = setTimeout(
      () => fail(`it was not ready after ${START_LIMIT / 1000} s`),
      START_LIMIT,
    );
    const lines = createInterface({ input: output });
    const settle = () => {
      clearTimeout(limit);
      lines.close();
      signal?.removeEventListener("abort", onAbort);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    child.once("error", (error: NodeJS.ErrnoException) => {
      settle();
      fail(error.code === "ENOENT" ? "there is no such program" : error.message, error);
    });
    child.once("exit", (code, name) => {
      settle();
      fail(`it ended with ${name ?? `code ${code}`}; what it printed tells why`);
    });
    lines.on("line", (line) => {
      try {
        const address = readHandshake(line);
        if (address !== undefined) {
          settle();
          resolve(address.text);
        }
      } catch (error) {
        settle();
        fail(error instanceof Error ? error.message : String(error), error);
      }
    });
  });
}

/** Lets this process end while the server runs, and drops what the server prints from now on. */
function release(child: ChildProcess, input: Writable, output: Readable): void {
  output.resume();
  child.unref();
  for (const pipe of [input, output] as (Readable | Writable)[]) {
    (pipe as unknown as { unref(): void }).unref();
  }
}
