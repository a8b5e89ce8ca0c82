import assert from "node:assert/strict";
import { test } from "node:test";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import {
  CancelledError,
  DeadlineExceededError,
  FailedPreconditionError,
  GaitwayError,
  InvalidArgumentError,
  NotFoundError,
  ResourceExhaustedError,
  SessionExpiredError,
  StepOutOfOrderError,
  UnavailableError,
  UnimplementedError,
} from "gaitway";
import { parseEndpoint } from "#dist/endpoint.js";
import { BadRequest, ErrorInfo, RetryInfo, Status } from "#dist/generated/gaitway/client/status.js";
import { translate } from "#dist/translate.js";

const ATTEMPT = {
  operation: "linearize",
  endpoint: parseEndpoint("127.0.0.1:7447"),
  allowed: 12_400,
};

interface Sent {
  reason?: string;
  domain?: string;
  metadata?: Record<string, string>;
  field?: string;
  retry?: { seconds: bigint; nanos: number };
}

function error(code: status, words: string, sent: Sent = {}): ServiceError {
  const details = [];
  if (sent.retry !== undefined) {
    const value = RetryInfo.encode({ retryDelay: sent.retry }).finish();
    details.push({ typeUrl: "type.googleapis.com/google.rpc.RetryInfo", value });
  }
  if (sent.reason !== undefined) {
    const { reason, domain = "gaitway", metadata = {} } = sent;
    const value = ErrorInfo.encode({ reason, domain, metadata }).finish();
    details.push({ typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value });
  }
  if (sent.field !== undefined) {
    const value = BadRequest.encode({ fieldViolations: [{ field: sent.field }] }).finish();
    details.push({ typeUrl: "type.googleapis.com/google.rpc.BadRequest", value });
  }
  return withTrailers(code, words, Buffer.from(Status.encode({ details }).finish()));
}

function withTrailers(code: status, words: string, details?: Buffer): ServiceError {
  const metadata = new Metadata();
  if (details !== undefined) {
    metadata.set("grpc-status-details-bin", details);
  }
  return Object.assign(new Error(words), { code, details: words, metadata });
}

test("every code has its class", () => {
  const cases: [status, string, new (...parameters: never[]) => GaitwayError][] = [
    [status.INVALID_ARGUMENT, "TENSOR_SHAPE_MISMATCH", InvalidArgumentError],
    [status.OUT_OF_RANGE, "WORK_LIMIT_EXCEEDED", InvalidArgumentError],
    [status.NOT_FOUND, "UNKNOWN_ENVIRONMENT", NotFoundError],
    [status.NOT_FOUND, "SESSION_EXPIRED", SessionExpiredError],
    [status.FAILED_PRECONDITION, "NEEDS_RESET", FailedPreconditionError],
    [status.ABORTED, "STEP_OUT_OF_ORDER", StepOutOfOrderError],
    [status.ABORTED, "CONTROL_TAKEN_OVER", GaitwayError],
    [status.RESOURCE_EXHAUSTED, "CAPACITY_REACHED", ResourceExhaustedError],
    [status.UNAVAILABLE, "DRAINING", UnavailableError],
    [status.DEADLINE_EXCEEDED, "", DeadlineExceededError],
    [status.CANCELLED, "", CancelledError],
    [status.UNIMPLEMENTED, "", UnimplementedError],
    [status.INTERNAL, "INTERNAL", GaitwayError],
    [status.DATA_LOSS, "", GaitwayError],
  ];
  for (const [code, reason, type] of cases) {
    const sent = reason === "" ? {} : { reason };
    const translated = translate(error(code, "words", sent), ATTEMPT);
    assert.equal(translated.constructor, type);
    assert.equal(translated.name, type.name);
    assert.deepEqual([translated.code, translated.reason], [status[code], reason]);
    assert.ok(translated instanceof GaitwayError && translated instanceof Error);
  }
});

test("the server's words and details are kept", () => {
  const sent = {
    reason: "TENSOR_SHAPE_MISMATCH",
    metadata: { field: "states", expected: "(T, 10)", actual: "(3, 9)" },
    field: "states",
  };
  const cause = error(status.INVALID_ARGUMENT, "states has shape (3, 9)", sent);
  const translated = translate(cause, ATTEMPT);
  assert.equal(translated.message, "states has shape (3, 9)");
  assert.deepEqual(translated.metadata, sent.metadata);
  assert.ok(translated instanceof InvalidArgumentError);
  assert.equal(translated.field, "states");
  assert.equal(translated.cause, cause);
});

test("a delay before the next try is in milliseconds", () => {
  const retry = { seconds: 2n, nanos: 250_000_000 };
  const full = translate(
    error(status.RESOURCE_EXHAUSTED, "full", { reason: "CAPACITY_REACHED", retry }),
    ATTEMPT,
  );
  assert.equal((full as ResourceExhaustedError).retryDelay, 2250);
  const other = translate(error(status.RESOURCE_EXHAUSTED, "large"), ATTEMPT);
  assert.equal((other as ResourceExhaustedError).retryDelay, undefined);
});

test("faults of the transport say what helps", () => {
  const says = (code: status, words: string) =>
    translate(withTrailers(code, words), ATTEMPT).message;
  assert.equal(
    says(
      status.UNAVAILABLE,
      "No connection established. Last error: connect ECONNREFUSED 127.0.0.1:7447. Resolution note: ",
    ),
    "no Gaitway server answers at 127.0.0.1:7447 (connect ECONNREFUSED 127.0.0.1:7447); start one with: gaitway serve --host 127.0.0.1 --port 7447",
  );
  assert.equal(
    says(status.UNAVAILABLE, "Connection dropped"),
    "the connection to the server at 127.0.0.1:7447 broke during linearize (Connection dropped)",
  );
  assert.match(
    says(status.DEADLINE_EXCEEDED, "Deadline"),
    /did not finish within 12\.4 s .*option deadline/,
  );
  assert.match(says(status.RESOURCE_EXHAUSTED, "5 > 4"), /5 > 4; .* option maxMessageBytes/);
  assert.match(says(status.UNIMPLEMENTED, ""), /not offered by the server at 127\.0\.0\.1:7447/);
  assert.match(
    says(status.UNIMPLEMENTED, "gaitway 0.0.9 does not offer gaitway.v1.UsageService/GetUsage"),
    /it is gaitway 0\.0\.9, older than this client; update the server/,
  );
  assert.match(
    says(status.UNKNOWN, ""),
    /^linearize failed \(server 127\.0\.0\.1:7447\): UNKNOWN$/,
  );
  assert.match(says(status.CANCELLED, ""), /^linearize was cancelled/);
});

test("a message that is not the server's own is put in context", () => {
  const sent = { reason: "X", domain: "proxy.example.org" };
  const translated = translate(error(status.UNKNOWN, "odd", sent), ATTEMPT);
  assert.equal(translated.message, "linearize failed (server 127.0.0.1:7447): odd");
});

test("details that cannot be read do not hide the status", () => {
  const garbage = withTrailers(status.NOT_FOUND, "words", Buffer.from([0x1a, 0xff]));
  assert.ok(translate(garbage, ATTEMPT) instanceof NotFoundError);
});
