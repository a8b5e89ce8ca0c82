import type { EnvironmentInfo } from "gaitway";

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
