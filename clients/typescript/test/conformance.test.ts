import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Json, Operations, type Tree } from "./conformance-operations.js";
import { sharedClient } from "./server.js";

/** The cases that clients in every language run, see docs/write-a-client.md. */
const CASES = "../conformance/cases";

/** Holds what came of an operation against what is expected; what that does not name does not matter. */
function compare(actual: Json | undefined, expected: Json | undefined, path: string): void {
  if (Array.isArray(expected)) {
    assert.equal(Array.isArray(actual) && actual.length, expected.length, `length of ${path}`);
    for (const [i, entry] of expected.entries()) {
      compare((actual as Json[])[i], entry, `${path}[${i}]`);
    }
  } else if (typeof expected === "object" && expected !== null) {
    for (const [key, value] of Object.entries(expected)) {
      compare((actual as Tree | undefined)?.[key], value, `${path}.${key}`);
    }
  } else {
    const value =
      typeof actual === "number" && typeof expected === "string" ? String(actual) : actual;
    assert.ok(Object.is(value, expected), `${path} is ${value} instead of ${expected}`);
  }
}

describe("conformance:", () => {
  for (const file of readdirSync(CASES).filter((name) => name.endsWith(".json"))) {
    const { about, operations } = JSON.parse(readFileSync(join(CASES, file), "utf8")) as {
      about: string;
      operations: Tree[];
    };
    test(about, async () => {
      const run = new Operations(await sharedClient());
      for (const [i, operation] of operations.entries()) {
        const { expect, error, refused } = operation;
        const outcome = await run.run(operation);
        const what = `${file}, operation ${i} (${operation.do})`;
        if (refused === true) {
          // Who refuses, the client or the server, is left open.
          const code = (outcome.error as Tree | undefined)?.code;
          assert.ok(outcome.refused === true || code === "INVALID_ARGUMENT", what);
        } else if (error === undefined) {
          assert.equal(outcome.error, undefined, what);
          compare(outcome.expect, expect ?? {}, what);
        } else {
          assert.equal(outcome.expect, undefined, what);
          compare(outcome.error, error, what);
        }
      }
      await run.close();
    });
  }
});
