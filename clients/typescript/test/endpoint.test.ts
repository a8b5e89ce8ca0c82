import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { inspect } from "node:util";
import { Metadata, status } from "@grpc/grpc-js";
import { connect, PermissionDeniedError, UnauthenticatedError } from "gaitway";
import { parseEndpoint } from "#dist/endpoint.js";
import { CatalogServiceDefinition } from "#dist/generated/gaitway/v1/catalog.js";
import { DynamicsServiceDefinition } from "#dist/generated/gaitway/v1/dynamics.js";
import { EnvironmentServiceDefinition } from "#dist/generated/gaitway/v1/environment.js";
import { EvaluationServiceDefinition } from "#dist/generated/gaitway/v1/evaluation.js";
import { UsageServiceDefinition } from "#dist/generated/gaitway/v1/usage.js";
import { readHandshake } from "#dist/handshake.js";
import { POLICY } from "#dist/retries.js";
import { answering } from "./answering.js";

interface Row {
  text: string;
  written?: string;
  host?: string;
  port?: number;
  socket?: string;
  tls?: boolean;
  ca?: string;
  cert?: string;
  key?: string;
  server_name?: string;
  token_file?: string;
  takes_token: boolean;
}

const TABLE = JSON.parse(await readFile("../conformance/endpoints.json", "utf8")) as {
  endpoints: Row[];
  refused: { text: string; says: string }[];
};

const SECRET = "s3cret.Token";

describe("endpoints", () => {
  for (const row of TABLE.endpoints) {
    test(`${row.text} is read and written as by every client`, () => {
      const endpoint = parseEndpoint(row.text);
      const { address, tls, tokenFile } = endpoint;
      assert.deepEqual(
        address.place,
        row.socket !== undefined ? { path: row.socket } : { host: row.host, port: row.port },
      );
      const named = { ca: row.ca, cert: row.cert, key: row.key, serverName: row.server_name };
      const present = Object.fromEntries(
        Object.entries(named).filter(([, it]) => it !== undefined),
      );
      assert.deepEqual(tls, row.tls ? present : undefined);
      assert.equal(tokenFile, row.token_file);
      const written = row.written ?? row.text;
      assert.equal(endpoint.text, written);
      assert.equal(parseEndpoint(written).text, written);
      if (row.token_file === undefined) {
        const expected = row.takes_token ? SECRET : undefined;
        assert.equal(endpoint.secret({ GAITWAY_TOKEN: SECRET }), expected);
      }
    });
  }

  for (const { text, says } of TABLE.refused) {
    test(`'${text}' is refused as by every client`, () => {
      assert.throws(
        () => parseEndpoint(text),
        (error: Error) =>
          error instanceof RangeError &&
          error.message.includes(says) &&
          !error.message.includes("s3cret"),
        says,
      );
    });
  }

  test("a handshake holds an endpoint", () => {
    for (const [line, text] of [
      ["gaitway-server|1|tcp|127.0.0.1:1?token_file=/t", "tcp://127.0.0.1:1?token_file=/t"],
      ["gaitway-server|1|tls|a:1?ca=/c", "tls://a:1?ca=/c"],
      ["gaitway-server|1|tcp|127.0.0.1:1", "127.0.0.1:1"],
    ] as const) {
      assert.equal(readHandshake(line)?.text, text);
    }
  });

  test("no token is shown, or sent in plaintext to another machine", () => {
    const endpoint = parseEndpoint("tls://a:1").withToken(SECRET);
    assert.equal(endpoint.secret({}), SECRET);
    assert.ok(![endpoint.text, String(endpoint), inspect(endpoint)].join().includes(SECRET));
    assert.throws(
      () => parseEndpoint("tls://a:1").withToken(`${SECRET} ${SECRET}`),
      (error: Error) => /a token must be/.test(error.message) && !error.message.includes(SECRET),
    );
    assert.throws(
      () => parseEndpoint("10.0.0.1:7447").withToken(SECRET),
      /use TLS: tls:\/\/10\.0\.0\.1:7447$/,
    );
  });
});

test("the policy of retries is that of the contract", async () => {
  const file = JSON.parse(await readFile("../../proto/service-config.json", "utf8"));
  const [config] = file.methodConfig;
  const services = [
    CatalogServiceDefinition,
    DynamicsServiceDefinition,
    EnvironmentServiceDefinition,
    EvaluationServiceDefinition,
    UsageServiceDefinition,
  ];
  const repeatable = services.flatMap(({ fullName, methods }) =>
    Object.values(methods)
      .filter(({ options }) => "idempotencyLevel" in options)
      .map(({ name }) => `${fullName}/${name}`),
  );
  const named = config.name.map(
    (it: { service: string; method: string }) => `${it.service}/${it.method}`,
  );
  assert.deepEqual(
    repeatable.sort(),
    named.filter((it: string) => !/\.(Agent|Admin)Service\//.test(it)).sort(),
  );
  const { maxAttempts, initialBackoff, maxBackoff, backoffMultiplier } = config.retryPolicy;
  assert.deepEqual(
    { ...POLICY },
    {
      maxAttempts,
      initialBackoff: 1000 * Number.parseFloat(initialBackoff),
      maxBackoff: 1000 * Number.parseFloat(maxBackoff),
      backoffMultiplier,
    },
  );
});

describe("tokens", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "gaitway-tokens-"));
  });
  after(() => rm(folder, { recursive: true }));

  test("a token's file is read again when the token is refused", async () => {
    const file = join(folder, "token");
    await writeFile(file, "old\n");
    let opens = "old";
    const shown: string[] = [];
    const server = await answering((metadata) => {
      const [value] = metadata.get("authorization");
      shown.push(String(value));
      return value === `Bearer ${opens}`
        ? undefined
        : { code: status.UNAUTHENTICATED, details: "no" };
    });
    const client = await connect(`tcp://${server.address}?token_file=${file}`);
    await client.environments();
    await writeFile(file, "new\n");
    opens = "new";
    await client.environments();
    assert.deepEqual(shown, ["Bearer old", "Bearer old", "Bearer new"]);
    opens = "another";
    await assert.rejects(client.environments(), (error: Error) => {
      assert.ok(error instanceof UnauthenticatedError);
      assert.match(error.message, /token_file=FILE/);
      assert.doesNotMatch(error.message, /Bearer/);
      return true;
    });
    assert.equal(shown.length, 4);
    await writeFile(file, "third\n");
    await assert.rejects(client.environments(), UnauthenticatedError);
    assert.equal(shown.length, 6);
    await client.close();
    server.close();
  });

  test("what is not allowed says so", async () => {
    const server = await answering(() => ({ code: status.PERMISSION_DENIED, details: "no" }));
    const client = await connect(server.address, { token: "other" });
    await assert.rejects(client.environments(), PermissionDeniedError);
    await client.close();
    server.close();
  });
});

describe("attempts", () => {
  async function asked(code: status, pushback: string | undefined): Promise<[number, number]> {
    let calls = 0;
    const server = await answering(() => {
      const metadata = new Metadata();
      if (pushback !== undefined) {
        metadata.set("grpc-retry-pushback-ms", pushback);
      }
      return calls++ === 0 ? { code, details: "not now", metadata } : undefined;
    });
    const client = await connect(server.address);
    const began = performance.now();
    await client.environments().catch(() => {});
    await client.close();
    server.close();
    return [calls, performance.now() - began];
  }

  for (const code of [status.UNAVAILABLE, status.RESOURCE_EXHAUSTED]) {
    test(`the server says when, with ${status[code]}`, async () => {
      const [calls, millis] = await asked(code, "700");
      assert.equal(calls, 2);
      assert.ok(millis >= 690, `${millis}`);
      for (const pushback of ["-1", "soon"]) {
        assert.equal((await asked(code, pushback))[0], 1);
      }
    });
  }

  test("what exceeds a limit is not asked for again", async () => {
    assert.equal((await asked(status.RESOURCE_EXHAUSTED, undefined))[0], 1);
  });
});
