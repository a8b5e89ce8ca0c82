import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { Endpoint } from "./endpoint.js";
import {
  CancelledError,
  DeadlineExceededError,
  FailedPreconditionError,
  type Fault,
  GaitwayError,
  InvalidArgumentError,
  NotFoundError,
  PermissionDeniedError,
  ResourceExhaustedError,
  SessionExpiredError,
  StepOutOfOrderError,
  UnauthenticatedError,
  UnavailableError,
  UnimplementedError,
} from "./errors.js";
import { BadRequest, ErrorInfo, RetryInfo, Status } from "./generated/gaitway/client/status.js";
import { mismatch } from "./mismatch.js";

/** What gRPC says of a call for which there was no connection. */
const NEVER_SENT = /No connection established|Name resolution failed/;

/** Whether a call failed because no connection could be made, so that the server cannot have carried it out. */
export function neverSent(error: GaitwayError): boolean {
  return NEVER_SENT.test((error.cause as Partial<ServiceError> | undefined)?.details ?? "");
}

/** What was tried, for messages. */
export interface Attempt {
  /** Such as `linearize`. */
  readonly operation: string;
  readonly endpoint: Endpoint;
  /** The time that the call was given, ms; `Infinity` for no limit. */
  readonly allowed: number;
}

/** The details of a status, as far as the server sent them. */
interface Details {
  info?: ErrorInfo;
  badRequest?: BadRequest;
  retry?: RetryInfo;
}

/**
 * The only place where a gRPC status becomes a {@link GaitwayError}. The status' details are kept; where the fault arose
 * in the transport, and so carries none, the message says what a person can do about it.
 */
export function translate(error: ServiceError, attempt: Attempt): GaitwayError {
  const details = read(error.metadata);
  const reason = details.info?.reason ?? "";
  const fault: Fault = {
    code: status[error.code] ?? String(error.code),
    reason,
    message: message(error, details, attempt),
    metadata: details.info?.metadata ?? {},
    cause: error,
  };
  switch (error.code) {
    case status.INVALID_ARGUMENT:
    case status.OUT_OF_RANGE:
      return new InvalidArgumentError(fault, details.badRequest?.fieldViolations[0]?.field ?? "");
    case status.NOT_FOUND:
      return reason === "SESSION_EXPIRED"
        ? new SessionExpiredError(fault)
        : new NotFoundError(fault);
    case status.FAILED_PRECONDITION:
      return new FailedPreconditionError(fault);
    case status.ABORTED:
      return reason === "STEP_OUT_OF_ORDER"
        ? new StepOutOfOrderError(fault)
        : new GaitwayError(fault);
    case status.RESOURCE_EXHAUSTED:
      return new ResourceExhaustedError(fault, retryDelay(details));
    case status.UNAVAILABLE:
      return new UnavailableError(fault);
    case status.DEADLINE_EXCEEDED:
      return new DeadlineExceededError(fault);
    case status.CANCELLED:
      return new CancelledError(fault);
    case status.UNAUTHENTICATED:
      return new UnauthenticatedError(fault);
    case status.PERMISSION_DENIED:
      return new PermissionDeniedError(fault);
    case status.UNIMPLEMENTED:
      return new UnimplementedError(fault);
    default:
      return new GaitwayError(fault);
  }
}

/**
 * The error for a call that this side gave up.
 *
 * @param cause the reason of the signal that was aborted
 * @param why put behind the message
 */
export function cancelled(what: string, cause?: unknown, why = ""): CancelledError {
  const message = `${what} was cancelled${why}`;
  const fault = { code: "CANCELLED", reason: "", message, metadata: {} };
  return new CancelledError(cause === undefined ? fault : { ...fault, cause });
}

/** A fault that this side makes up for gRPC, such as a stream that does not answer in time. */
export function serviceError(code: status, words: string): ServiceError {
  return Object.assign(new Error(words), { code, details: words, metadata: new Metadata() });
}

function read(metadata: Metadata | undefined): Details {
  const details: Details = {};
  const [raw] = metadata?.get("grpc-status-details-bin") ?? [];
  if (!(raw instanceof Uint8Array)) {
    return details;
  }
  try {
    for (const any of Status.decode(raw).details) {
      switch (any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1)) {
        case "google.rpc.ErrorInfo":
          details.info ??= ErrorInfo.decode(any.value);
          break;
        case "google.rpc.BadRequest":
          details.badRequest ??= BadRequest.decode(any.value);
          break;
        case "google.rpc.RetryInfo":
          details.retry ??= RetryInfo.decode(any.value);
          break;
        default:
      }
    }
  } catch {
    // A detail that cannot be read must not hide the status it came with.
  }
  return details;
}

function retryDelay(details: Details): number | undefined {
  const delay = details.retry?.retryDelay;
  return delay === undefined ? undefined : Number(delay.seconds) * 1000 + delay.nanos / 1e6;
}

/** The server's own words where there are some, else what its code means to the caller. */
function message(error: ServiceError, details: Details, attempt: Attempt): string {
  const words = error.details.trim();
  if (details.info?.domain === "gaitway" && words !== "") {
    return words;
  }
  const { operation, endpoint } = attempt;
  const where = ` (server ${endpoint.text})`;
  switch (error.code) {
    case status.UNAVAILABLE:
      return unavailable(words, attempt);
    case status.DEADLINE_EXCEEDED:
      return `${operation} did not finish within ${readable(attempt.allowed)}${where}; allow more time with the option deadline`;
    case status.UNAUTHENTICATED:
      return (
        `${operation} was refused by the server at ${endpoint.text}, which does not know who calls (${words}); name the file of` +
        " a token that it takes: ?token_file=FILE behind tls://host:port, or the variable GAITWAY_TOKEN_FILE"
      );
    case status.PERMISSION_DENIED:
      return `${operation} is not allowed by the server at ${endpoint.text} (${words}); ask who runs it for a token that may`;
    case status.CANCELLED:
      return `${operation} was cancelled${where}`;
    case status.RESOURCE_EXHAUSTED:
      return (
        `${operation} exceeded a limit${where}: ${words}; the option maxMessageBytes limits answers, the server` +
        " limits requests"
      );
    case status.UNIMPLEMENTED: {
      // The contract only grows, so that a Gaitway server without a method is older than its client.
      const [, server] = /^(gaitway \S+) does not offer /.exec(words) ?? [];
      const why =
        server === undefined
          ? "is it a Gaitway server of this version?"
          : `it is ${server}, older than this client; update the server, or use its version of the client`;
      return `${operation} is not offered by the server at ${endpoint.text}: ${why}`;
    }
    default:
      return `${operation} failed${where}: ${words || (status[error.code] ?? error.code)}`;
  }
}

function unavailable(words: string, { operation, endpoint }: Attempt): string {
  const found = mismatch(words, endpoint);
  if (found !== undefined) {
    return found;
  }
  if (NEVER_SENT.test(words)) {
    const why = words
      .replace(/^.*?Last error: (Error: )?/s, "")
      .replace(/\. Resolution note:.*$/s, "");
    return `no Gaitway server answers at ${endpoint.text} (${why}); ${endpoint.address.startHint}${endpoint.tls === undefined ? "" : " --tls-certificate PEM --tls-key PEM"}`;
  }
  return `the connection to the server at ${endpoint.text} broke during ${operation} (${words || "no further detail"})`;
}

/** A duration as a person writes it: `250 ms`, `12.4 s`. */
function readable(millis: number): string {
  return millis < 1000 ? `${millis} ms` : `${Math.floor(millis / 100) / 10} s`;
}
