// A torque sequence goes to the simulator, and a whole trajectory comes back.
import { connect, trajectoryDigest } from "gaitway";

await using client = await connect(process.argv[2]);
const swimmer = await client.simulator("swimmer", { target_speed: 0.4 });
const { horizon: T, nu, dt, initialState, action } = swimmer.environment;

// A slow wave that runs down the body, at 20 % of the torque that the joints take.
const us = Float64Array.from({ length: T * nu }, (_, i) => {
  const [t, joint] = [Math.floor(i / nu) * dt, i % nu];
  return 0.2 * (action[joint]?.upper ?? 0) * Math.sin(0.5 * Math.PI * t - joint);
});
const [still, wave] = await swimmer.rollout({
  horizon: T,
  initialStates: initialState.mean,
  controllers: [
    { kind: "open-loop", us: new Float64Array(T * nu) },
    { kind: "open-loop", us },
  ],
  digests: true,
});
if (still === undefined || wave === undefined) {
  throw new Error("two controllers make two rollouts");
}
console.log(`doing nothing costs ${still.cost.toFixed(3)}, the wave ${wave.cost.toFixed(3)}`);
console.log(`the wave's head ends at x = ${wave.xs.at(-swimmer.environment.nx)?.toFixed(3)} m`);
console.log(`its digest is ${wave.digest}`);
console.log(`the same bits arrived: ${trajectoryDigest(wave) === wave.digest}`);
