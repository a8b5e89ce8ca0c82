import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { ServerCredentials } from "@grpc/grpc-js";
import { connect, UnavailableError } from "gaitway";
import { answering } from "./answering.js";

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const has = await promisify(execFile)("openssl", ["version"]).then(
  () => true,
  () => false,
);

describe("TLS", { skip: has ? false : "there is no openssl to make certificates" }, () => {
  let folder: string;
  let here: Certificate;
  let elsewhere: Certificate;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "gaitway-tls-"));
    here = await make("here", "IP:127.0.0.1,DNS:localhost");
    elsewhere = await make("elsewhere", "DNS:sim.example.org");
  });
  after(() => rm(folder, { recursive: true }));

  async function make(name: string, names: string): Promise<Certificate> {
    const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}-key.pem`)];
    await promisify(execFile)("openssl", [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1".split(" "),
      ...["-subj", `/CN=${name}`, "-addext", `subjectAltName=${names}`],
      ...["-out", cert, "-keyout", key],
    ]);
    return { cert, key };
  }

  async function serve({ cert, key }: Certificate, clients?: Certificate) {
    const ca = clients === undefined ? null : await readFile(clients.cert);
    const pair = { cert_chain: await readFile(cert), private_key: await readFile(key) };
    const credentials = ServerCredentials.createSsl(ca, [pair], clients !== undefined);
    return answering(() => undefined, credentials);
  }

  async function call(address: string): Promise<void> {
    const client = await connect(address);
    try {
      assert.deepEqual(await client.environments(), []);
    } finally {
      await client.close();
    }
  }

  async function failure(address: string): Promise<string> {
    const error = await call(address).then(
      () => assert.fail("it was answered"),
      (failed: Error) => failed,
    );
    assert.ok(error instanceof UnavailableError, String(error));
    return error.message;
  }

  test("a server is known by its certificate", async () => {
    const server = await serve(here);
    await call(`tls://127.0.0.1:${server.port}?ca=${here.cert}`);
    await call(`tls://localhost:${server.port}?ca=${here.cert}`);
    server.close();
  });

  test("the certificate may be of another name", async () => {
    const server = await serve(elsewhere);
    const address = `tls://127.0.0.1:${server.port}?ca=${elsewhere.cert}`;
    assert.match(await failure(address), /server_name=NAME/);
    await call(`${address}&server_name=sim.example.org`);
    server.close();
  });

  test("a stranger is not trusted", async () => {
    const server = await serve(here);
    assert.match(await failure(`tls://127.0.0.1:${server.port}`), /\?ca=FILE/);
    const other = `tls://127.0.0.1:${server.port}?ca=${elsewhere.cert}`;
    assert.match(await failure(other), /\?ca=FILE/);
    server.close();
  });

  test("the client may have to show a certificate too", async () => {
    const server = await serve(here, elsewhere);
    const address = `tls://127.0.0.1:${server.port}?ca=${here.cert}`;
    await failure(address);
    await call(`${address}&cert=${elsewhere.cert}&key=${elsewhere.key}`);
    server.close();
  });

  test("plaintext meets TLS", async () => {
    const server = await serve(here);
    const message = await failure(server.address);
    assert.ok(message.includes(`speaks TLS; write tls://${server.address}`), message);
    server.close();
  });

  test("TLS meets plaintext", async () => {
    const server = await answering(() => undefined);
    const message = await failure(`tls://${server.address}`);
    assert.ok(message.includes(`does not speak TLS; write ${server.address}`), message);
    server.close();
  });

  test("an HTTP/1 server is no Gaitway server", async () => {
    const http = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const { port } = http.address() as AddressInfo;
    const message = await failure(`127.0.0.1:${port}`);
    assert.ok(message.includes("speaks HTTP/1, so it is no Gaitway server"), message);
    http.closeAllConnections();
    http.close();
  });

  test("files that cannot be read are named", async () => {
    await assert.rejects(connect("tls://127.0.0.1:1?ca=/none.pem"), /'\/none.pem' cannot be read/);
    await assert.rejects(connect(`tls://127.0.0.1:1?ca=${here.key}`), /here-key.pem/);
  });
});
