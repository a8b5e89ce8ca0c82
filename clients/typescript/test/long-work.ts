import type { Client, RolloutRequest, Simulator } from "gaitway";

/** Some seconds' work of a server. */
export async function longWork(client: Client): Promise<[RolloutRequest, Simulator]> {
  const simulator = await client.simulator("walker");
  const { nu, initialState } = simulator.environment;
  const [horizon, count] = [400, 10_000];
  const us = new Float64Array(horizon * nu);
  const initialStates = Array(count)
    .fill([...initialState.mean])
    .flat();
  const controllers = [{ kind: "open-loop", us }] as const;
  return [{ horizon, initialStates, controllers, summary: true }, simulator];
}
