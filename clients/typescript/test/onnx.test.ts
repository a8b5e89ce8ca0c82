import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { Policy } from "gaitway";
import { InferenceSession, Tensor } from "onnxruntime-web";
import { split } from "shlex";
import { sharedClient } from "./server.js";

const POLICY = "../python/examples/swimmer-v5-policy.json";
const KIT = "../conformance/policies";

/**
 * The policy whose actions are the sums of the absolute terms that the given one's are sums of: what a relative error is
 * relative to, as large terms leave their rounding behind where they cancel.
 */
function withoutCancellation(text: string): Policy {
  const file = JSON.parse(text);
  const { W, b } = file.layers[1] as { W: number[][]; b: number[] };
  file.layers[1].W = W.map((row) => row.map(Math.abs));
  file.layers[1].b = b.map(Math.abs);
  return Policy.parse(JSON.stringify(file));
}

/** A policy as the program exports it. */
async function exported(policy: string, model: string): Promise<InferenceSession> {
  const [program = "", ...words] = split(process.env.GAITWAY_COMMAND ?? "../../gaitway");
  await promisify(execFile)(program, [...words, "export", policy, "--onnx", model]);
  return InferenceSession.create(await readFile(model), { executionProviders: ["wasm"] });
}

/** The shipped policy as the program exports it, in ONNX Runtime's WebAssembly build, as in a browser. */
describe("an exported policy", () => {
  let folder: string;
  let session: InferenceSession;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "gaitway-"));
    const model = join(folder, "policy.onnx");
    session = await exported(POLICY, model);
  });
  after(async () => {
    await session?.release();
    await rm(folder, { recursive: true });
  });

  test("computes what Java computes", async () => {
    const text = await readFile(POLICY, "utf8");
    const policy = Policy.parse(text);
    const simulator = await (await sharedClient()).simulator("swimmer");
    const { nx, nu } = simulator.environment;
    const n = 500;
    const states = Float64Array.from(
      { length: n * nx },
      (_, i) => 1.5 * Math.sin(0.7 * i * i + i) * Math.cos(0.001 * i),
    );
    const rollouts = await simulator.rollout({
      horizon: 1,
      initialStates: states,
      controllers: [policy.controller()],
      drawnActions: true,
    });
    const { mean, std } = await session.run({ state: new Tensor("float64", states, [n, nx]) });
    assert.deepEqual([mean?.type, mean?.dims], ["float64", [n, nu]]);
    assert.deepEqual(std?.data, policy.std);
    assert.equal(rollouts.length, n);
    const expected = Float64Array.from(rollouts.flatMap(({ us }) => [...us]));
    const actual = mean?.data as Float64Array;
    const terms = withoutCancellation(text).act(states);
    for (const [i, u] of expected.entries()) {
      const error = Math.abs((actual[i] as number) - u) / (terms[i] as number);
      assert.ok(error < 1e-12, `state ${Math.floor(i / nu)}: ${actual[i]} instead of ${u}`);
    }
  });

  for (const name of ["every-activation", "everything"]) {
    test(`may be any network: ${name}`, async () => {
      const file = `${KIT}/good/${name}.json`;
      const network = await exported(file, join(folder, `${name}.onnx`));
      const { states, actions } = JSON.parse(await readFile(`${KIT}/good.json`, "utf8"))[
        `${name}.json`
      ] as { states: number[][]; actions: number[][] };
      const nx = states[0]?.length ?? 0;
      const state = new Tensor("float64", Float64Array.from(states.flat()), [states.length, nx]);
      const { mean } = await network.run({ state });
      for (const [i, u] of actions.flat().entries()) {
        const error = Math.abs((mean?.data[i] as number) - u);
        assert.ok(error < 1e-11 * (1 + Math.abs(u)), `${mean?.data[i]} instead of ${u}`);
      }
      await network.release();
    });
  }

  test("has the names that are documented", () => {
    assert.deepEqual(session.inputNames, ["state"]);
    assert.deepEqual(session.outputNames, ["mean", "std"]);
  });
});
