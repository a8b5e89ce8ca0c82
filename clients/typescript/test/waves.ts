import type { EnvironmentInfo, Rollout, Simulator } from "gaitway";

/**
 * Actions within the bounds that differ from step to step and entry to entry, the same bits everywhere: no function of the
 * platform is in them. Shape (T, nu).
 */
export function waves({ nu, action }: EnvironmentInfo, T: number): Float64Array {
  return Float64Array.from({ length: T * nu }, (_, i) => {
    const phase = ((i * 37) % 64) / 64;
    return 0.1 * (action[i % nu]?.upper ?? 0) * (phase - 0.5);
  });
}

/** What the waves do to an environment that starts from the mean initial state, with its digest. */
export async function waveRollout(simulator: Simulator, horizon: number): Promise<Rollout> {
  const { environment } = simulator;
  const [rollout] = await simulator.rollout({
    horizon,
    initialStates: environment.initialState.mean,
    controllers: [{ kind: "open-loop", us: waves(environment, horizon) }],
    digests: true,
  });
  return rollout as Rollout;
}
