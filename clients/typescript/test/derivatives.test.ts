import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { DivergedError, type Rollout, type Simulator } from "gaitway";
import { sharedClient } from "./server.js";
import { waveRollout } from "./waves.js";

describe("the derivatives", () => {
  const simulators = new Map<string, Simulator>();
  const simulator = (id: string) => simulators.get(id) as Simulator;
  before(async () => {
    const client = await sharedClient();
    for (const id of ["swimmer", "walker"]) {
      simulators.set(id, await client.simulator(id));
    }
  });

  for (const id of ["swimmer", "walker"]) {
    test(`the ${id}'s derivatives agree with differences`, async () => {
      const { nx, nu } = simulator(id).environment;
      const T = 3;
      const rollout = await waveRollout(simulator(id), T);
      const e = await simulator(id).linearize(rollout);
      assert.deepEqual(e.nextStates, rollout.xs.slice(nx));
      assert.deepEqual(e.l, rollout.costs);
      const t = 1;
      const x = rollout.xs.slice(t * nx, (t + 1) * nx);
      const u = rollout.us.slice(t * nu, (t + 1) * nu);
      const h = 1e-6;
      const shifted = async (array: Float64Array, j: number, by: number) => {
        const before = array[j] as number;
        array[j] = before + by;
        const { nextStates, costs } = await simulator(id).evaluate(x, u);
        array[j] = before;
        return [...nextStates, costs[0] as number];
      };
      for (const [array, f, l, columns] of [
        [x, e.fx, e.lx, nx],
        [u, e.fu, e.lu, nu],
      ] as const) {
        for (let j = 0; j < columns; j++) {
          const plus = await shifted(array, j, h);
          const minus = await shifted(array, j, -h);
          for (let i = 0; i <= nx; i++) {
            const difference = ((plus[i] as number) - (minus[i] as number)) / (2 * h);
            const analytic = i < nx ? f[(t * nx + i) * columns + j] : l[t * columns + j];
            const scale = Math.max(1, Math.abs(difference));
            assert.ok(
              Math.abs(difference - (analytic as number)) < 1e-4 * scale,
              `row ${i}, column ${j}: ${analytic} against ${difference}`,
            );
          }
        }
      }
    });
  }

  test("a linearisation is the same in chunks of any size", async () => {
    const rollout = await waveRollout(simulator("walker"), 25);
    const whole = await simulator("walker").linearize(rollout);
    assert.equal(whole.T, 25);
    assert.ok(whole.lxx.some((entry) => entry !== 0) && whole.luu.some((entry) => entry !== 0));
    for (const chunkKnots of [1, 7, 25]) {
      assert.deepEqual(await simulator("walker").linearize(rollout, { chunkKnots }), whole);
    }
  });

  test("the cost's Hessian itself is told from its Gauss–Newton part", async () => {
    const rollout = await waveRollout(simulator("swimmer"), 10);
    const exact = await simulator("swimmer").linearize(rollout);
    const gaussNewton = await simulator("swimmer").linearize(rollout, { hessian: "gauss-newton" });
    assert.deepEqual(gaussNewton.fx, exact.fx);
    assert.notDeepEqual(gaussNewton.lxx, exact.lxx);
  });

  test("a clipped action has no derivative and says so", async () => {
    const { nx, nu, action, initialState } = simulator("swimmer").environment;
    const us = Float64Array.of((action[0]?.upper ?? 0) * 2, 0);
    const [rollout] = await simulator("swimmer").rollout({
      horizon: 1,
      initialStates: initialState.mean,
      controllers: [{ kind: "open-loop", us }],
    });
    assert.equal(rollout?.clipped, 1);
    assert.equal(rollout?.us[0], action[0]?.upper);
    const e = await simulator("swimmer").linearize({ xs: (rollout as Rollout).xs, us });
    assert.deepEqual(e.outcomes, ["clipped"]);
    for (let i = 0; i < nx; i++) {
      assert.equal(Math.abs(e.fu[i * nu] as number), 0);
    }
  });

  test("a knot that diverges is named", async () => {
    const { nx, nu } = simulator("swimmer").environment;
    const xs = new Float64Array(4 * nx);
    xs.fill(1e300, 2 * nx, 3 * nx);
    const us = new Float64Array(3 * nu);
    const { outcomes } = await simulator("swimmer").evaluate(xs.subarray(0, 3 * nx), us);
    assert.deepEqual(outcomes, ["ok", "ok", "diverged"]);
    await assert.rejects(simulator("swimmer").linearize({ xs, us }), (error) => {
      assert.ok(error instanceof DivergedError);
      assert.equal(error.knot, 2);
      assert.match(error.message, /knot 2 diverges/);
      return true;
    });
  });
});
