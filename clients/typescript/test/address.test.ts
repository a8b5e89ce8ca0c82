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
    ["unix:/tmp/a socket", "unix:/tmp/a socket"],
  ] as const) {
    assert.deepEqual([parseAddress(text).text, parseAddress(text).target], [text, target]);
  }
  assert.equal(parseAddress("unix:///tmp/s").text, "unix:/tmp/s");
});

test("what is no address is refused with what would be one", () => {
  for (const text of [
    "",
    "localhost",
    "localhost:0",
    "localhost:65536",
    "http://a:1",
    ":1",
    "a b:1",
    "::1:5",
  ]) {
    assert.throws(() => parseAddress(text), {
      name: "RangeError",
      message: `address is '${text}'; write host:port with a port from 1 to 65535, such as 127.0.0.1:7447, or unix:/path/to/socket`,
    });
  }
  assert.throws(() => parseAddress("unix:"), /names no path/);
});

test("the version is the package's", async () => {
  assert.equal(version, JSON.parse(await readFile("package.json", "utf8")).version);
});
