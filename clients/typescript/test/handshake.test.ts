import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readHandshake } from "#dist/handshake.js";

describe("a handshake", () => {
  test("tells where a server listens", () => {
    for (const [line, address] of [
      ["gaitway-server|1|tcp|127.0.0.1:43127", "127.0.0.1:43127"],
      ["gaitway-server|1|tcp|[fe80::1%eth0]:1\r", "[fe80::1%eth0]:1"],
      ["gaitway-server|1|unix|/run/g w|1.sock", "unix:/run/g w|1.sock"],
      ["gaitway-server|1|unix|ü.sock", "unix:ü.sock"],
    ] as const) {
      assert.equal(readHandshake(line)?.text, address);
    }
  });

  test("is not taken from other lines", () => {
    for (const line of [
      "[0.012s][info][gc] Using G1",
      "Picked up JAVA_TOOL_OPTIONS: -Xlog:gc",
      "gaitway serving on 127.0.0.1:7447",
      " gaitway-server|1|tcp|127.0.0.1:7447",
      "gaitway-agent|1|tcp|127.0.0.1:7447",
      "",
    ]) {
      assert.equal(readHandshake(line), undefined, line);
    }
  });

  test("that cannot be read is told by its cause", () => {
    for (const [line, message] of [
      [
        "gaitway-server|1|pigeon|roof",
        /^it printed '.*' instead of a handshake such as gaitway-server\|1\|tcp\|127/,
      ],
      ["gaitway-server|one|tcp|127.0.0.1:1", /^it printed '.*' instead of a handshake such as/],
      [
        "gaitway-server|2|tcp|127.0.0.1:1",
        /^it printed a handshake of version 2, but this program reads version 1$/,
      ],
      [
        "gaitway-server|1|tcp|127.0.0.1",
        /^it printed a handshake with an address that cannot be used: address must be/,
      ],
      [
        "gaitway-server|1|tcp|unix:/a",
        /^it printed a handshake with a socket's path as its TCP address: 'gaitway-server/,
      ],
    ] as const) {
      assert.throws(() => readHandshake(line), { name: "Error", message });
    }
  });
});
