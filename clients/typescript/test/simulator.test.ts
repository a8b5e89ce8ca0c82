import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type Controller, InvalidArgumentError, type Simulator, trajectoryDigest } from "gaitway";
import { sharedClient } from "./server.js";
import { waveRollout } from "./waves.js";

/** Digests of rollouts of `waves` from the mean initial state, as servers of these models have always told them. */
const RECORDED = [
  {
    id: "swimmer",
    modelDigest: "f767ba4d187258a6a8d3cf41e074a748c1920412316c970f2f278a552f3634de",
    digest: "5c9af5056a99c6f9804f8561033343f9f69b128ce53de9bce8bfcde96023b2d1",
  },
  {
    id: "walker",
    modelDigest: "40f7d51c2b24fa28d9375bd52079a3685861edef01f41c91612aa718cc816f99",
    digest: "0860d282c68c754727c16b4792d6f90488f06ab465dd137b7d13b86890657b76",
  },
];

describe("the dynamics", () => {
  const simulators = new Map<string, Simulator>();
  const simulator = (id: string) => simulators.get(id) as Simulator;
  before(async () => {
    const client = await sharedClient();
    for (const id of ["swimmer", "walker"]) {
      simulators.set(id, await client.simulator(id));
    }
  });

  for (const { id, modelDigest, digest } of RECORDED) {
    test(`the ${id}'s rollout has the recorded bits`, async () => {
      assert.equal(simulator(id).environment.modelDigest, modelDigest);
      const rollout = await waveRollout(simulator(id), 100);
      assert.equal(rollout.digest, digest);
      assert.equal(trajectoryDigest(rollout), digest);
    });

    test(`the ${id}'s knots are those of its rollout`, async () => {
      const { environment } = simulator(id);
      const { nx, nu } = environment;
      const { xs, us, costs, steps } = await waveRollout(simulator(id), 20);
      const values = await simulator(id).evaluate(xs.subarray(0, steps * nx), us, {
        contactForces: true,
      });
      assert.deepEqual(values.nextStates, xs.slice(nx));
      assert.deepEqual(values.costs, costs.slice(0, steps));
      assert.deepEqual(values.outcomes, Array(steps).fill("ok"));
      assert.equal(values.terminated.length, steps);
      assert.equal(values.contactForces?.length, steps * environment.contactPoints.length * 2);
      const single = await simulator(id).evaluate([...xs.subarray(0, nx)], [...us.subarray(0, nu)]);
      assert.deepEqual(single.nextStates, xs.slice(nx, 2 * nx));
      assert.equal(single.contactForces, undefined);
    });
  }

  test("rollouts come by state, controller, seed and step size", async () => {
    const { environment } = simulator("swimmer");
    const { nx, nu } = environment;
    const T = 6;
    const reference = await waveRollout(simulator("swimmer"), T);
    const initialStates = await simulator("swimmer").initialStates(5n, 2);
    const feedback: Controller = {
      kind: "linear-gaussian",
      xs: reference.xs,
      us: reference.us,
      k: new Float64Array(T * nu).fill(1),
      K: Float64Array.from({ length: T * nu * nx }, (_, i) => Math.sin(i)),
      L: Float64Array.from({ length: T * nu * nu }, (_, i) => (i % 4 === 1 ? 0 : 0.5)),
    };
    const network: Controller = {
      kind: "mlp",
      inputs: [2, 3],
      layers: [
        { W: [1, 2, 3, 4, 5, 6], b: [0.1, 0.2, 0.3], activation: "tanh" },
        { W: [1, -1, 2, -2, 3, -3], b: [0, 1] },
      ],
      std: [0.25, 0.5],
    };
    const request = {
      horizon: T,
      initialStates,
      controllers: [feedback, network],
      seeds: [1n, 2n ** 64n - 1n],
      stepSizes: [1, 0.5, 0],
    };
    const all = await simulator("swimmer").rollout(request);
    assert.equal(all.length, 2 * 2 * 2 * 3);
    for (const [s, c, e, a] of [
      [0, 0, 0, 0],
      [1, 0, 1, 2],
      [0, 1, 1, 1],
    ] as const) {
      const [one] = await simulator("swimmer").rollout({
        horizon: T,
        initialStates: initialStates.subarray(s * nx, (s + 1) * nx),
        controllers: [request.controllers[c] as Controller],
        seeds: [request.seeds[e] as bigint],
        stepSizes: [request.stepSizes[a] as number],
      });
      assert.deepEqual(all[((s * 2 + c) * 2 + e) * 3 + a], one);
    }
    // u_0 = us + a k + K (x - xs) without noise, in the contract's order.
    const [quiet] = await simulator("swimmer").rollout({
      ...request,
      controllers: [{ ...feedback, L: [...Array(T * nu * nu)].map(() => 0) }],
      seeds: [],
      stepSizes: [0.5],
      drawnActions: true,
    });
    for (let i = 0; i < nu; i++) {
      let u: number = (feedback.us[i] as number) + 0.5;
      for (let j = 0; j < nx; j++) {
        const deviation = (initialStates[j] as number) - (feedback.xs[j] as number);
        u += (feedback.K[i * nx + j] as number) * deviation;
      }
      assert.equal(quiet?.us[i], u);
    }
  });

  test("actions as drawn differ from those applied where they are clipped", async () => {
    const { action, initialState } = simulator("swimmer").environment;
    const us = Float64Array.of((action[0]?.upper ?? 0) + 1, 0);
    const request = {
      horizon: 1,
      initialStates: initialState.mean,
      controllers: [{ kind: "open-loop", us }],
    } as const;
    const [applied] = await simulator("swimmer").rollout(request);
    const [drawn] = await simulator("swimmer").rollout({ ...request, drawnActions: true });
    assert.equal(applied?.us[0], action[0]?.upper);
    assert.equal(drawn?.us[0], us[0]);
    assert.deepEqual(applied?.xs, drawn?.xs);
  });

  test("a summary has no arrays", async () => {
    const { initialState, nu } = simulator("walker").environment;
    const T = 400;
    const request = {
      horizon: T,
      initialStates: initialState.mean,
      controllers: [{ kind: "open-loop", us: new Float64Array(T * nu) }],
      digests: true,
    } as const;
    const [full] = await simulator("walker").rollout(request);
    const [summary] = await simulator("walker").rollout({ ...request, summary: true });
    const empty = new Float64Array(0);
    assert.deepEqual(summary, { ...full, xs: empty, us: empty, costs: empty });
    assert.equal(full?.outcome, "terminated");
    assert.ok((full?.steps ?? T) < T);
    assert.equal(full?.costs.length, (full?.steps ?? T) + 1);
    assert.equal(
      full?.costs.reduce((sum, cost) => sum + cost),
      full?.cost,
    );
  });

  test("a rollout that diverges is a result", async () => {
    const { nx, nu } = simulator("swimmer").environment;
    const [rollout] = await simulator("swimmer").rollout({
      horizon: 3,
      initialStates: new Float64Array(nx).fill(1e300),
      controllers: [{ kind: "open-loop", us: new Float64Array(3 * nu) }],
    });
    assert.equal(rollout?.outcome, "diverged");
    assert.equal(rollout?.cost, Number.POSITIVE_INFINITY);
    assert.equal(rollout?.steps, 0);
    assert.equal(rollout?.xs.length, nx);
  });

  test("a rollout that comes in several messages is whole", async () => {
    const T = 60_000;
    const rollout = await waveRollout(simulator("swimmer"), T);
    const { nx, nu } = simulator("swimmer").environment;
    assert.ok(rollout.xs.byteLength > 4 << 20);
    assert.deepEqual(
      [rollout.xs.length, rollout.us.length, rollout.costs.length],
      [(T + 1) * nx, T * nu, T + 1],
    );
    assert.equal(trajectoryDigest(rollout), rollout.digest);
  });

  test("initial states are those of sessions' episodes", async () => {
    const client = await sharedClient();
    const { nx } = simulator("walker").environment;
    const states = await simulator("walker").initialStates(7n, 3);
    assert.equal(states.length, 3 * nx);
    const later = await simulator("walker").initialStates(7n, 1, { firstEpisode: 2n });
    assert.deepEqual(later, states.slice(2 * nx));
    const session = await client.session("walker");
    const episodes = [await session.reset({ seeds: [7n] }), await session.reset()];
    for (const [i, episode] of episodes.entries()) {
      assert.deepEqual(episode.states, states.slice(i * nx, (i + 1) * nx));
    }
    await session.close();
  });

  test("a field that the server refuses is named", async () => {
    const { nx, nu } = simulator("swimmer").environment;
    const xs = new Float64Array(nx);
    xs[3] = Number.NaN;
    await assert.rejects(simulator("swimmer").evaluate(xs, new Float64Array(nu)), (error) => {
      assert.ok(error instanceof InvalidArgumentError);
      assert.deepEqual([error.reason, error.field], ["NON_FINITE_INPUT", "states"]);
      assert.equal(error.metadata.index, "3");
      return true;
    });
  });

  test("arguments that no server would take are refused here", async () => {
    const swimmer = simulator("swimmer");
    const initialStates = swimmer.environment.initialState.mean;
    const still: Controller = { kind: "open-loop", us: new Float64Array(4) };
    const refused = (call: () => Promise<unknown>, message: string) =>
      assert.rejects(async () => call(), { name: "RangeError", message });
    await refused(
      () => swimmer.evaluate(new Float64Array(11), [0, 0]),
      "xs must have whole rows of 10 entries, but has 11 entries",
    );
    await refused(
      () => swimmer.linearize({ xs: new Float64Array(10), us: [0, 0] }),
      "xs must have 20 entries, shape (2, 10), but has 10",
    );
    await refused(
      () =>
        swimmer.linearize({ xs: new Float64Array(20), us: [0, 0] }, { hessian: "no" as "exact" }),
      "hessian must be one of exact, gauss-newton, but is the text 'no'",
    );
    await refused(
      () => swimmer.rollout({ horizon: 0, initialStates, controllers: [still] }),
      "horizon must be a whole number from 1 to 2147483647, but is 0",
    );
    await refused(
      () => swimmer.rollout({ horizon: 3, initialStates, controllers: [still] }),
      "controllers[0].us must have at least 6 entries, shape (3, 2), but has 4",
    );
    await refused(
      () => swimmer.rollout({ horizon: 2, initialStates, controllers: [] }),
      "controllers must have at least one entry, but is empty",
    );
    const layers = [{ W: [1, 2, 3], b: [0, 0] }];
    const network: Controller = { kind: "mlp", inputs: [0], layers };
    await refused(
      () => swimmer.rollout({ horizon: 2, initialStates, controllers: [still, network] }),
      "controllers[1].layers[0].W must have 2 entries, shape (2, 1), but has 3",
    );
    await refused(
      () =>
        swimmer.rollout({
          horizon: 2,
          initialStates,
          controllers: [{ kind: "pid" } as unknown as Controller],
        }),
      "controllers[0].kind must be one of linear-gaussian, mlp, open-loop, but is the text 'pid'",
    );
  });
});
