import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { version } from "gaitway";
import { parseAddress } from "#dist/address.js";

test("addresses keep the form in which people write them", () => {
  for (const [text, target] of [
    ["127.0.0.1:7447", "dns:///127.0.0.1:7447"],
    ["gym.example.org:1", "dns:///gym.example.org:1"],
    ["[::1]:65535", "dns:///[::1]:65535"],
    ["[0:0:0:0:0:0:0:1]:7447", "dns:///[0:0:0:0:0:0:0:1]:7447"],
    ["[fe80::1%eth0]:7447", "gaitway-zone:///[fe80::1%eth0]:7447"],
    ["unix:/tmp/a socket", "unix:/tmp/a socket"],
    ["unix:relative", "unix:relative"],
    ["unix:./ü.sock", "unix:./ü.sock"],
    ["unix:/tmp/h#1.sock", "unix:/tmp/h#1.sock"],
    ["unix:/tmp/p%41.sock", "unix:/tmp/p%41.sock"],
    ["unix:/tmp/q?x:1.sock", "unix:/tmp/q?x:1.sock"],
  ] as const) {
    assert.deepEqual([parseAddress(text).text, parseAddress(text).target], [text, target]);
  }
  for (const text of ["unix:///tmp/s", "unix://tmp/s", "unix:////tmp/s"]) {
    assert.equal(parseAddress(text).text, "unix:/tmp/s");
  }
});

test("a text that is not an address is refused, with examples of addresses", () => {
  for (const text of [
    "",
    "localhost",
    "localhost:0",
    "localhost:65536",
    "http://a:1",
    ":1",
    "a b:1",
    "[1.2.3.4]:5",
    "[fe80]:5",
    "[::1%]:5",
    "[::1",
  ]) {
    assert.throws(() => parseAddress(text), {
      name: "RangeError",
      message: `address must be host:port with a port from 1 to 65535, but is '${text}'; write 127.0.0.1:7447, [::1]:7447 or unix:/path/to/socket, with TLS tls://host:port`,
    });
  }
  assert.throws(() => parseAddress("::1:5"), /an IPv6 address needs brackets: \[::1\]:5$/);
  for (const text of ["unix:", "unix:a\nb", "unix:a\0b"]) {
    assert.throws(() => parseAddress(text), {
      name: "RangeError",
      message: `address must be unix: and a path, such as unix:/path/to/socket, but is '${text}'`,
    });
  }
  assert.throws(() => parseAddress(`unix:/${"ü".repeat(60)}`), {
    name: "RangeError",
    message: /^address has a path of 121 bytes; the path of a socket must be at most 10[37] bytes/,
  });
  assert.throws(() => parseAddress(7447 as unknown as string), /must be a text, but is 7447/);
});

test("the hint how to start a server can be pasted into a shell", () => {
  const hint = (text: string) => parseAddress(text).startHint;
  assert.equal(hint("[::1]:5"), "start one with: gaitway serve --host ::1 --port 5");
  assert.equal(hint("unix:/tmp/s"), "start one with: gaitway serve --unix /tmp/s");
  assert.equal(hint("unix:a 'b'$(c)"), `start one with: gaitway serve --unix 'a '"'"'b'"'"'$(c)'`);
});

test("the version is the package's", async () => {
  assert.equal(version, JSON.parse(await readFile("package.json", "utf8")).version);
});
