// A controller under evaluation. `gaitway evaluate --controller-command "node build/examples/controller.js policy.json"` starts it; without
// a policy file it does nothing, which is a baseline too.
import { evaluate, Policy } from "gaitway";

const [file] = process.argv.slice(2);
const policy = file === undefined ? undefined : await Policy.read(file);

const results = await evaluate((states, n, { environment, steps }) => {
  if (policy === undefined) {
    return new Float64Array(n * environment.nu);
  }
  if (steps.every((step) => step === 0)) {
    policy.requireFits(environment);
  }
  return policy.act(states);
});
for (const { episode, outcome, fault, cost } of results) {
  console.error(
    `episode ${episode}: ${outcome}, cost ${cost.toFixed(3)}${fault === "none" ? "" : `, ${fault}`}`,
  );
}
