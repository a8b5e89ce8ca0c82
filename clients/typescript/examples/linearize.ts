// Exact derivatives along a trajectory: the gradient of its cost with respect to every torque, and a step against it.
import { connect, type Trajectory } from "gaitway";

await using client = await connect(process.argv[2]);
const swimmer = await client.simulator("swimmer");
const { nx, nu, initialState } = swimmer.environment;
const T = 100;

async function simulate(us: Float64Array): Promise<Trajectory & { cost: number }> {
  const [rollout] = await swimmer.rollout({
    horizon: T,
    initialStates: initialState.mean,
    controllers: [{ kind: "open-loop", us }],
  });
  if (rollout === undefined) {
    throw new Error("one controller makes one rollout");
  }
  return rollout;
}

/** d cost / d u, shape (T, nu), by the adjoint recursion λ_t = lx_t + fx_tᵀ λ_{t+1}. */
async function gradient(trajectory: Trajectory): Promise<Float64Array> {
  const { fx, fu, lx, lu } = await swimmer.linearize(trajectory);
  const result = lu.slice();
  let lambda = lx.slice(T * nx);
  for (let t = T - 1; t >= 0; t--) {
    const before = lx.slice(t * nx, (t + 1) * nx);
    for (const [i, weight] of lambda.entries()) {
      const row = t * nx + i;
      for (let j = 0; j < nx; j++) {
        before[j] = (before[j] ?? 0) + (fx[row * nx + j] ?? 0) * weight;
      }
      for (let j = 0; j < nu; j++) {
        result[t * nu + j] = (result[t * nu + j] ?? 0) + (fu[row * nu + j] ?? 0) * weight;
      }
    }
    lambda = before;
  }
  return result;
}

const us = Float64Array.from({ length: T * nu }, (_, i) => 10 * Math.sin(0.3 * i));
const start = await simulate(us);
const g = await gradient(start);
const slope = -g.reduce((sum, entry) => sum + entry * entry, 0);
console.log(`cost ${start.cost.toFixed(6)}, slope against the gradient ${slope.toExponential(3)}`);

// The slope as a difference, to see that it is true; then steps until the cost no longer falls.
const along = async (step: number) => simulate(us.map((u, i) => u - step * (g[i] ?? 0)));
const h = 1e-4 / Math.sqrt(-slope);
const difference = ((await along(h)).cost - (await along(-h)).cost) / (2 * h);
console.log(`as a difference ${difference.toExponential(3)}`);

let best = start;
for (let step = 1; ; step *= 2) {
  const next = await along(step);
  if (next.cost >= best.cost) {
    break;
  }
  best = next;
}
console.log(`cost ${best.cost.toFixed(6)} after a line search`);
