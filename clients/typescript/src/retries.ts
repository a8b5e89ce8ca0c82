import type { ServiceError } from "@grpc/grpc-js";
import { type GaitwayError, ResourceExhaustedError, UnavailableError } from "./errors.js";
import { neverSent } from "./translate.js";

/**
 * When a call that failed is made again: as `proto/service-config.json` says. That gRPC itself does not follow it has
 * reasons, which docs/decisions.md gives.
 */
export const POLICY = {
  /** How often a call is made at most. */
  maxAttempts: 5,
  /** Pause before the first repetition, ms. */
  initialBackoff: 250,
  /** Longest pause, ms. */
  maxBackoff: 8000,
  backoffMultiplier: 4,
} as const;

/** Most attempts as long as nobody has ever answered: the address may be wrong. */
const ATTEMPTS_BEFORE_CONTACT = 2;

const JITTER = 0.2;

/**
 * The pause before the next attempt, ms; undefined if there is to be none.
 *
 * @param made attempts made so far
 * @param repeatable whether the call may be made twice without harm
 * @param answered whether the server has ever answered
 */
export function pauseAfter(
  error: GaitwayError,
  made: number,
  { repeatable, answered }: { readonly repeatable: boolean; readonly answered: boolean },
): number | undefined {
  const pushback = asked(error);
  const again =
    error instanceof UnavailableError
      ? repeatable || error.reason === "DRAINING" || neverSent(error)
      : error instanceof ResourceExhaustedError && pushback !== undefined;
  if (!again || made >= (answered ? POLICY.maxAttempts : ATTEMPTS_BEFORE_CONTACT)) {
    return undefined;
  }
  if (pushback === undefined) {
    const { initialBackoff, maxBackoff, backoffMultiplier } = POLICY;
    const longest = Math.min(maxBackoff, initialBackoff * backoffMultiplier ** (made - 1));
    return longest * (1 - JITTER + 2 * JITTER * Math.random());
  }
  return /^\d{1,9}$/.test(pushback) ? Number(pushback) : undefined;
}

/** What the server says of another attempt: a number of ms, or anything else for none. */
function asked(error: GaitwayError): string | undefined {
  const metadata = (error.cause as Partial<ServiceError> | undefined)?.metadata;
  return metadata?.get("grpc-retry-pushback-ms")[0]?.toString();
}
