/** Why a ping that was asked got no usable answer. `timeout`: silence; `unreachable`: an ICMP error came back. */
export type LostCause = "timeout" | "unreachable";

/** Why a round was not measured at all. Loss statistics never count these. */
export type FailedCause = "unresolved" | "send-error" | "no-engine" | "overload" | "suspended";

interface Asked {
  /** The host as the user wrote it: the identity of the target. */
  readonly host: string;
  /** The target's name, where it has one. */
  readonly name?: string;
  /** When the ping was sent (or should have been): wall time, epoch milliseconds. */
  readonly at: number;
}

/** An answer: `rttMs` is in milliseconds, as the ping program printed it, never from a JavaScript timer. */
export interface Reply extends Asked {
  readonly outcome: "reply";
  readonly rttMs: number;
}

/** Asked and not answered. */
export interface Lost extends Asked {
  readonly outcome: "lost";
  readonly cause: LostCause;
}

/** Not measured. */
export interface Failed extends Asked {
  readonly outcome: "failed";
  readonly cause: FailedCause;
}

/** What one ping of one target gave. */
export type PingResult = Reply | Lost | Failed;

/** A `PingResult` before target and time are known: what a parser of a ping program's output returns. */
export type Outcome =
  | { readonly outcome: "reply"; readonly rttMs: number }
  | { readonly outcome: "lost"; readonly cause: LostCause }
  | { readonly outcome: "failed"; readonly cause: FailedCause };

/** The largest RTT that is believed, in ms. A ping program that prints more has met a clock step. */
export const ABSURD_RTT_MS = 3_600_000;

/** `rttMs` as a reply, or `failed/send-error` where it is NaN, negative or absurd. */
export function replyOf(rttMs: number): Outcome {
  const sane = Number.isFinite(rttMs) && rttMs >= 0 && rttMs <= ABSURD_RTT_MS;
  return sane ? { outcome: "reply", rttMs } : { outcome: "failed", cause: "send-error" };
}

/** The figure a recorder gets: milliseconds with up to 3 decimals, or `null` where there was no answer. */
export function latencyMs(result: Outcome): number | null {
  return result.outcome === "reply" ? Math.round(result.rttMs * 1000) / 1000 : null;
}
