import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  status,
} from "@grpc/grpc-js";
import { ErrorInfo, Status } from "#dist/generated/gaitway/client/status.js";
import { EnvironmentSpec } from "#dist/generated/gaitway/v1/catalog.js";
import {
  ControlRequest,
  ControlResponse,
  CreateEvaluationRequest,
  CreateEvaluationResponse,
  EpisodeOutcome,
  EpisodeResult,
  Evaluation,
  GetEvaluationRequest,
  GetEvaluationResponse,
  ListEvaluationsRequest,
  ListEvaluationsResponse,
  ListSuitesRequest,
  ListSuitesResponse,
  Suite,
} from "#dist/generated/gaitway/v1/evaluation.js";
import { DataType } from "#dist/generated/gaitway/v1/tensor.js";
import { decodeNumbers, encodeExactly } from "#dist/tensors.js";

type Control = ServerDuplexStream<ControlRequest, ControlResponse>;

/** How a control call is to end instead of well, and after how many answers. */
export interface Mishap {
  readonly after: number;
  readonly how: "break" | { readonly code: status; readonly reason: string };
}

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

const SUITE = Suite.fromPartial({
  id: "points",
  description: "Hold a point.",
  environments: [{ id: "point", parameters: { mass: 2 }, modelDigest: "d0" }],
  environmentVersion: "1",
  horizon: 3,
  episodes: 2,
  seed: 2n ** 63n,
  minActionDeadline: { seconds: 0n, nanos: 10_000_000 },
  maxActionDeadline: { seconds: 60n, nanos: 0 },
  digest: "5e",
});

const EVALUATION = Evaluation.fromPartial({
  id: "e1",
  suite: SUITE,
  controller: "test",
  actionDeadline: { seconds: 1n, nanos: 500_000_000 },
  parallel: 2,
  createTime: new Date(0),
});

const SPEC = EnvironmentSpec.fromPartial({
  id: "point",
  state: [{ name: "x" }, { name: "v" }],
  action: [{ name: "force", lower: -1, upper: 1 }],
  initialState: { mean: [0, 0], std: [0, 0] },
});

const RESULTS = [0, 1].map((episode) =>
  EpisodeResult.fromPartial({
    episode,
    outcome: episode === 0 ? EpisodeOutcome.COMPLETED : EpisodeOutcome.TERMINATED,
    steps: 3 - episode,
    cost: 1.5 + episode,
    digest: Uint8Array.of(0xab, episode),
    beginnings: 1,
  }),
);

/**
 * A service of evaluations that plays one: three rounds of states (x, v), first of two episodes, then of one. It is there
 * for what a real server does not do on demand.
 */
export async function fakeEvaluation(mishaps: Mishap[] = []) {
  const actions: number[][] = [];
  const created: CreateEvaluationRequest[] = [];
  let attachments = 0;
  let round = 0;

  const rounds = [
    { episodes: [0, 1], steps: [0, 0], states: [0, 0, 1, 0] },
    { episodes: [0, 1], steps: [1, 1], states: [2, 0, 3, 0] },
    { episodes: [0], steps: [2], states: [4, 0] },
  ];
  const ask = (call: Control) => {
    const next = rounds[round];
    if (next === undefined) {
      call.write({ message: { $case: "result", value: RESULTS[0] as EpisodeResult } });
      call.end();
      return;
    }
    const states = encodeExactly(next.states, "states", [next.episodes.length, 2]);
    call.write({ message: { $case: "states", value: { ...next, round: BigInt(round), states } } });
  };
  const control: handleBidiStreamingCall<ControlRequest, ControlResponse> = (call) => {
    attachments++;
    const mishap = mishaps.shift();
    let answers = 0;
    call.on("error", () => {});
    call.on("data", ({ message }: ControlRequest) => {
      if (message?.$case === "actions") {
        if (
          Number(message.value.round) !== round ||
          message.value.actions?.dtype !== DataType.FLOAT64
        ) {
          call.emit("error", {
            code: status.INTERNAL,
            details: "the test's controller is out of turn",
          });
          return;
        }
        const n = rounds[round]?.episodes.length ?? 0;
        actions.push([...decodeNumbers(message.value.actions, "actions", [n, 1])]);
        round++;
        answers++;
        if (round === 2) {
          call.write({ message: { $case: "result", value: RESULTS[1] as EpisodeResult } });
        }
      } else if (message?.value.evaluationId === "e1") {
        const value = { evaluation: EVALUATION, environment: SPEC };
        call.write({ message: { $case: "task", value } });
      } else {
        call.emit("error", refusal(status.NOT_FOUND, "EVALUATION_NOT_FOUND"));
        return;
      }
      if (mishap?.after === answers) {
        call.emit(
          "error",
          mishap.how === "break"
            ? { code: status.UNAVAILABLE, details: "Connection dropped" }
            : refusal(mishap.how.code, mishap.how.reason),
        );
        return;
      }
      ask(call);
    });
  };

  const server = new Server();
  const method = <Q, R>(name: string, requests: Codec<Q>, responses: Codec<R>, stream = false) => ({
    path: `/gaitway.v1.EvaluationService/${name}`,
    requestStream: stream,
    responseStream: stream,
    requestSerialize: (message: Q) => Buffer.from(requests.encode(message).finish()),
    requestDeserialize: (bytes: Buffer) => requests.decode(bytes),
    responseSerialize: (message: R) => Buffer.from(responses.encode(message).finish()),
    responseDeserialize: (bytes: Buffer) => responses.decode(bytes),
  });
  const answer =
    <Q, R>(work: (request: Q) => R): handleUnaryCall<Q, R> =>
    (call, done) =>
      done(null, work(call.request));
  server.addService(
    {
      control: method("Control", ControlRequest, ControlResponse, true),
      create: method("CreateEvaluation", CreateEvaluationRequest, CreateEvaluationResponse),
      get: method("GetEvaluation", GetEvaluationRequest, GetEvaluationResponse),
      list: method("ListEvaluations", ListEvaluationsRequest, ListEvaluationsResponse),
      suites: method("ListSuites", ListSuitesRequest, ListSuitesResponse),
    },
    {
      control,
      create: answer((request: CreateEvaluationRequest) => {
        created.push(request);
        return { evaluation: EVALUATION };
      }),
      get: answer(() => ({ evaluation: { ...EVALUATION, attachments }, episodes: RESULTS })),
      list: answer(({ suite, pageToken }: ListEvaluationsRequest) => ({
        evaluations:
          suite === "points"
            ? [{ ...EVALUATION, id: "", endTime: new Date(pageToken === "" ? 1000 : 2000) }]
            : [],
        nextPageToken: suite === "endless" || (suite === "points" && pageToken === "") ? "2" : "",
      })),
      suites: answer(() => ({ suites: [SUITE] })),
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {
    address: `127.0.0.1:${port}`,
    actions,
    created,
    attachments: () => attachments,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}

function refusal(code: status, reason: string) {
  const value = ErrorInfo.encode({ reason, domain: "gaitway", metadata: {} }).finish();
  const details = [{ typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value }];
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(Status.encode({ details }).finish()));
  return { code, details: `refused: ${reason}`, metadata };
}
