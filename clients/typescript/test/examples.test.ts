import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fakeEvaluation } from "./evaluation-service.js";
import { sharedClient, withoutServer } from "./server.js";

/** Runs an example as the README says, and gives what it printed. */
async function run(name: string, words: string[], env: NodeJS.ProcessEnv) {
  const file = fileURLToPath(new URL(`../examples/${name}.js`, import.meta.url));
  return promisify(execFile)(process.execPath, [file, ...words], { env, timeout: 120_000 });
}

/** The number that follows a text. */
function after(output: string, text: string): number {
  const start = output.indexOf(text);
  assert.ok(start >= 0, `'${text}' is not in:\n${output}`);
  return Number.parseFloat(output.slice(start + text.length));
}

describe("the example", () => {
  test("rollout brings its own server and tells cost and digest", async () => {
    const { stdout } = await run("rollout", [], withoutServer());
    assert.ok(after(stdout, "the wave ") < after(stdout, "doing nothing costs "));
    assert.match(stdout, /its digest is [0-9a-f]{64}\nthe same bits arrived: true/);
  });

  test("linearize goes down its gradient", async () => {
    const { stdout } = await run("linearize", [(await sharedClient()).address], process.env);
    const slope = after(stdout, "slope against the gradient ");
    assert.ok(slope < 0);
    assert.ok(Math.abs(after(stdout, "as a difference ") / slope - 1) < 1e-2);
    const costs = [...stdout.matchAll(/^cost (\S+)/gm)].map(([, cost]) =>
      Number.parseFloat(cost ?? ""),
    );
    assert.equal(costs.length, 2);
    assert.ok((costs[1] as number) < (costs[0] as number));
  });

  test("controller answers an evaluation", async () => {
    await using service = await fakeEvaluation();
    const { stderr } = await run("controller", [], {
      ...process.env,
      GAITWAY_EVALUATION_SERVER: service.address,
      GAITWAY_EVALUATION: "e1",
    });
    assert.match(stderr, /^episode 0: completed, cost 1\.500$/m);
    assert.ok(service.actions.length > 0);
    assert.ok(service.actions.every((us) => us.every((u) => u === 0)));
  });
});
