import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Client, connect, type Session, type Simulator } from "gaitway";
import type {
  CheckDerivativesResponse,
  EvaluateResponse,
  LinearizeResponse,
  RolloutPart,
  RolloutResponse,
  RolloutSummary,
  SampleInitialStatesResponse,
} from "#dist/generated/gaitway/v1/dynamics.js";
import type {
  ResetResponse,
  Session as SessionMessage,
  SnapshotResponse,
  StepResponse,
  StepStreamResponse,
} from "#dist/generated/gaitway/v1/environment.js";
import type { ControlResponse, RoundStates } from "#dist/generated/gaitway/v1/evaluation.js";
import type { Tensor } from "#dist/generated/gaitway/v1/tensor.js";
import { fakeEvaluation } from "./evaluation-service.js";
import { sharedClient } from "./server.js";
import { type Tamper, tamperingServer } from "./tampering.js";

type Changes = Record<string, Tamper>;

/** The tensor with one row more, which its shape says. */
function longer(tensor: Tensor | undefined): Tensor {
  const { dtype, shape, data } = tensor as Tensor;
  const row = data.byteLength / Number(shape[0]);
  const more = new Uint8Array(data.byteLength + row);
  return { dtype, shape: [(shape[0] ?? 0n) + 1n, ...shape.slice(1)], data: more };
}

describe("an answer that is not what was asked for is refused:", () => {
  let server: Awaited<ReturnType<typeof tamperingServer>>;
  let client: Client;
  let swimmer: Simulator;
  before(async () => {
    server = await tamperingServer((await sharedClient()).address);
    client = await connect(server.address);
    swimmer = await client.simulator("swimmer");
  });
  after(async () => {
    server.tampers.clear();
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  async function refused(method: string, call: () => Promise<unknown>, changes: Changes) {
    server.tampers.clear();
    await call();
    for (const [message, tamper] of Object.entries(changes)) {
      server.tampers.set(method, tamper);
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof Error);
        assert.match(error.message, /^the server's answer cannot be used: /);
        assert.ok(error.message.includes(message), `'${message}' is not in '${error.message}'`);
        return true;
      });
      server.tampers.clear();
      await call();
    }
  }

  test("values at knots", async () => {
    const { mean } = swimmer.environment.initialState;
    const call = () => swimmer.evaluate(mean, [0, 0], { contactForces: true });
    await refused("Evaluate", call, {
      "next_states has shape (2, 10), but (1, 10)": (answer: EvaluateResponse) => ({
        ...answer,
        nextStates: longer(answer.nextStates),
      }),
      "costs is missing": (answer: EvaluateResponse) => ({ ...answer, costs: undefined }),
      "terminated is missing": (answer: EvaluateResponse) => ({ ...answer, terminated: undefined }),
      "0 statuses of 1 knots": (answer: EvaluateResponse) => ({ ...answer, statuses: [] }),
    });
  });

  test("initial states", () =>
    refused("SampleInitialStates", () => swimmer.initialStates(1n, 2), {
      "states has shape (3, 10), but (2, 10)": ({ states }: SampleInitialStatesResponse) => ({
        states: longer(states),
      }),
    }));

  test("a check of derivatives", () =>
    refused("CheckDerivatives", () => client.checkDerivatives("swimmer", {}, 2, 1n), {
      "it checked 3 knots, but 2 were asked for": (answer: CheckDerivativesResponse) => ({
        ...answer,
        samples: 3,
      }),
      "the worst of 10 errors is number 10": (answer: CheckDerivativesResponse) => ({
        ...answer,
        worst: 10,
      }),
    }));

  test("derivatives", async () => {
    const xs = new Float64Array(30);
    const us = new Float64Array(4);
    await refused("Linearize", () => swimmer.linearize({ xs, us }), {
      "fx has shape (3, 10, 10), but (2, 10, 10)": (answer: LinearizeResponse) => ({
        ...answer,
        fx: longer(answer.fx),
      }),
      "2 knots from 1 on came where knot 0 of 2": (answer: LinearizeResponse) => ({
        ...answer,
        firstKnot: 1,
      }),
      "0 knots from 0 on came where knot 0 of 2": (answer: LinearizeResponse) => ({
        ...answer,
        statuses: [],
      }),
      "without the terminal knot": (answer: LinearizeResponse) => ({
        ...answer,
        terminal: undefined,
      }),
      "it ended after 0 of 2 knots": () => undefined,
    });
  });

  test("rollouts", async () => {
    const parts = (change: (part: RolloutPart) => object) => (answer: RolloutResponse) => ({
      parts: answer.parts.map((part) => ({ ...part, ...change(part) })),
    });
    const summaries = (change: Partial<RolloutSummary>) =>
      parts(({ summary }) => ({ summary: { ...(summary as RolloutSummary), ...change } }));
    const call = () =>
      swimmer.rollout({
        horizon: 3,
        initialStates: swimmer.environment.initialState.mean,
        controllers: [{ kind: "open-loop", us: new Float64Array(6) }],
        digests: true,
      });
    await refused("Rollout", call, {
      "row 1 of rollout 0 came where row 0 of rollout 0 of 1 was next": parts(() => ({
        firstRow: 1,
      })),
      "row 0 of rollout 0 came where row 0 of rollout 1 of 1 was next": (
        answer: RolloutResponse,
      ) => ({ parts: [...answer.parts, ...answer.parts] }),
      "rollout 0 has more than 3 steps": parts(({ states }) => ({ states: longer(states) })),
      "rollout 0 has 4 actions after 3 steps": parts(({ actions }) => ({
        actions: longer(actions),
      })),
      "rollout 0 has 5 costs after 3 steps": parts(({ costs }) => ({ costs: longer(costs) })),
      "rollout 0 of 3 steps is completed after 2": summaries({ steps: 2 }),
      "rollout 0 of 3 steps is completed after -1": summaries({ steps: -1 }),
      "the digest of rollout 0 has 5 bytes": summaries({ digest: new Uint8Array(5) }),
      "it ended after 0 of 1 rollouts": () => ({ parts: [] }),
    });
  });

  test("environments", async () => {
    const changed =
      (change: object): Tamper =>
      ({ environment }: { environment: object }) => ({
        environment: { ...environment, ...change },
      });
    await refused("GetEnvironment", () => client.environment("swimmer"), {
      "it describes flyer, but swimmer was asked for": changed({ id: "flyer" }),
      "environment swimmer has 0 states, 2 actions": changed({ state: [] }),
      "an initial state of 0 means": changed({ initialState: undefined }),
      "environment is missing": () => ({}),
    });
  });

  test("sessions", async () => {
    const open: Session[] = [];
    const changed =
      (change: Partial<SessionMessage>): Tamper =>
      ({ session }: { session: object }) => ({ session: { ...session, ...change } });
    const call = async () => {
      open.push(await client.session("swimmer", { environments: 2, autoreset: "disabled" }));
    };
    await refused("CreateSession", call, {
      "the session's size is 3, but 2 was asked for": changed({ numEnvironments: 3 }),
      "the session's autoreset is next-step, but disabled": changed({ autoresetMode: 1 }),
      "bounds_mode is 0, which this client does not know": changed({ boundsMode: 0 }),
      "its step number is 18446744073709551615": changed({ step: 2n ** 64n - 1n }),
      "the lease of the session is missing": changed({ lease: undefined }),
    });
    const [first] = open as [Session];
    await first.reset();
    await refused("Fork", async () => open.push(await first.fork([1])), {
      "the session's size is 2, but 1 was asked for": changed({ numEnvironments: 2 }),
    });
    await refused("GetSession", async () => (await client.attach(first.id)).detach(), {
      "the session's id is x, but ": changed({ id: "x" }),
    });
    await refused("RenewSession", () => first.renew(), {
      "it does not say when the session expires": () => ({}),
    });
    await Promise.all(open.map((session) => session.close()));
  });

  test("resets and steps", async () => {
    await using session = await client.session("swimmer", { environments: 2 });
    await refused("Reset", () => session.reset({ seeds: [1n, 2n] }), {
      "environment 1 has the seed 3, not 2": (answer: ResetResponse) => ({
        ...answer,
        seeds: [1n, 3n],
      }),
      "it has 1 seeds and 2 episodes of 2 environments": (answer: ResetResponse) => ({
        ...answer,
        seeds: [1n],
      }),
      "states has shape (3, 10), but (2, 10)": (answer: ResetResponse) => ({
        ...answer,
        states: longer(answer.states),
      }),
    });
    const steps: Record<string, (answer: StepResponse) => StepResponse> = {
      "it is of step 99, not ": (answer) => ({ ...answer, step: 99n }),
      "costs has shape (3), but (2)": (answer) => ({ ...answer, costs: longer(answer.costs) }),
      "truncated is missing": (answer) => ({ ...answer, truncated: undefined }),
      "it resets environment 2 of 2": (answer) => ({
        ...answer,
        resets: [{ environment: 2, seed: 1n, episode: 1n, finalState: undefined }],
      }),
    };
    await refused("Step", () => session.step([0, 0, 0, 0]), steps);
    const streamed = async () => {
      await using stream = await session.stream();
      await stream.step([0, 0, 0, 0]);
    };
    const changes = Object.entries(steps).map(([message, change]): [string, Tamper] => [
      message,
      ({ result }: StepStreamResponse) => ({
        result: { $case: "step", value: change(result?.value as StepResponse) },
      }),
    ]);
    await refused("StepStream", streamed, Object.fromEntries(changes));
    await refused("Snapshot", () => session.snapshot([1]), {
      "snapshot is missing": () => ({}),
      "model_digest is missing": ({ snapshot }: SnapshotResponse) => ({
        snapshot: { ...snapshot, modelDigest: "" },
      }),
      "episodes has 0 entries for 1 environments": ({ snapshot }: SnapshotResponse) => ({
        snapshot: { ...snapshot, episodes: [] },
      }),
    });
  });

  test("evaluations", async () => {
    await using service = await fakeEvaluation();
    await using between = await tamperingServer(service.address);
    const own = await connect(between.address);
    const control = () => own.evaluations.control("e1", (states) => states.filter((_, i) => i % 2));
    const states =
      (change: Partial<RoundStates>): Tamper =>
      ({ message }: ControlResponse) =>
        message?.$case === "states"
          ? { message: { $case: "states", value: { ...message.value, ...change } } }
          : { message };
    for (const [tamper, message] of [
      [states({ steps: [0] }), /2 episodes and 1 steps/],
      [states({ episodes: [], steps: [] }), /0 episodes and 0 steps/],
      [states({ states: undefined }), /states is missing/],
    ] as const) {
      between.tampers.set("Control", tamper);
      await assert.rejects(control, { name: "GaitwayError", message });
    }
    assert.deepEqual(service.actions, []);
    between.tampers.clear();
    await assert.rejects(own.evaluations.create("lines", "x"), {
      message: /it evaluates in points, but lines was asked for/,
    });
    await assert.rejects(own.evaluations.get("e2"), { message: /it describes another evaluation/ });
    await own.close();
  });
});
