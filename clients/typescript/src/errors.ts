/** What a fault is made of. */
export interface Fault {
  /** Canonical status code, such as `INVALID_ARGUMENT`. */
  readonly code: string;
  /** Machine-readable reason from the server, such as `TENSOR_SHAPE_MISMATCH`; empty if there is none. */
  readonly reason: string;
  /** What went wrong and, where something can be done, what; for people. */
  readonly message: string;
  /** The values of the fault that vary, by name. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What the fault was learnt from, for logs. */
  readonly cause?: unknown;
}

/**
 * A request that the server refused or that could not be carried out. Its message stands alone: it can be shown to a
 * person as it is. The subclasses tell apart the faults that a program can react to; everything else (a defect of the
 * server, say) is this class itself. Arguments that are wrong whatever the server says are a `RangeError` or `TypeError`.
 */
export class GaitwayError extends Error {
  /** Canonical status code, such as `INVALID_ARGUMENT`. */
  readonly code: string;
  /** Machine-readable reason, such as `TENSOR_SHAPE_MISMATCH`; empty if there is none. */
  readonly reason: string;
  /** The values of the fault that vary, by name. */
  readonly metadata: Readonly<Record<string, string>>;

  constructor(fault: Fault) {
    super(fault.message, "cause" in fault ? { cause: fault.cause } : undefined);
    this.name = new.target.name;
    this.code = fault.code;
    this.reason = fault.reason;
    this.metadata = fault.metadata;
  }
}

/** The server refused a value. */
export class InvalidArgumentError extends GaitwayError {
  /** Path of the field at fault, such as `controllers[1].mlp.inputs`; empty if the server named none. */
  readonly field: string;

  constructor(fault: Fault, field: string) {
    super(fault);
    this.field = field;
  }
}

/** There is no such environment. */
export class NotFoundError extends GaitwayError {}

/** There is no such session (any more). */
export class SessionExpiredError extends GaitwayError {}

/** A step before a reset, or a snapshot or a digest of another model; `reason` says which. */
export class FailedPreconditionError extends GaitwayError {}

/** Somebody else stepped the session. */
export class StepOutOfOrderError extends GaitwayError {}

/** A knot cannot be simulated, which derivatives were asked of. */
export class DivergedError extends GaitwayError {
  /** Index of the first such knot, 0 to T. */
  readonly knot: number;

  constructor(knot: number) {
    super({
      code: "OK",
      reason: "DIVERGED",
      message:
        `the control step at knot ${knot} diverges, so it has no derivative: its state or action is outside` +
        " what the model can simulate",
      metadata: { knot: String(knot) },
    });
    this.knot = knot;
  }
}

/** A limit was reached: sessions, environments, or the size of a message. */
export class ResourceExhaustedError extends GaitwayError {
  /** How long the server asks to wait before the next try, ms, if it said so. */
  readonly retryDelay: number | undefined;

  constructor(fault: Fault, retryDelay: number | undefined) {
    super(fault);
    this.retryDelay = retryDelay;
  }
}

/** It took longer than its deadline. */
export class DeadlineExceededError extends GaitwayError {}

/**
 * A step was not answered in time. It may have been carried out all the same: `stepCount` of the session asks the server,
 * and the session's next step goes on from there.
 */
export class StepTimeoutError extends DeadlineExceededError {
  /** What `stepCount` gives if the step was carried out. */
  readonly step: number;

  constructor(fault: Fault, step: number) {
    super(fault);
    this.step = step;
  }
}

/** The server does not know who calls: there is no token, or not one that it takes. */
export class UnauthenticatedError extends GaitwayError {}

/** The token does not allow what was asked for, or the thing belongs to somebody else. */
export class PermissionDeniedError extends GaitwayError {}

/** Nobody answers, the connection broke, or the server is shutting down (`reason` is then `DRAINING`). */
export class UnavailableError extends GaitwayError {}

/** The server does not offer it. */
export class UnimplementedError extends GaitwayError {}

/** The call's signal was aborted (its reason is the `cause`), or the client was closed. */
export class CancelledError extends GaitwayError {}

/** The fault of a server whose answer is not what the contract says. */
export function unusable(what: string): GaitwayError {
  return new GaitwayError({
    code: "INTERNAL",
    reason: "",
    message: `the server's answer cannot be used: ${what}`,
    metadata: {},
  });
}
