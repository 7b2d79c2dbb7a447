import type { FailedCause, LostCause, Outcome } from "../result.ts";

/** Causes by the number that stands for them on disk. Append only: files of other versions hold these numbers. */
const CAUSES: readonly (readonly ["lost", LostCause] | readonly ["failed", FailedCause])[] = [
  ["lost", "timeout"],
  ["lost", "unreachable"],
  ["failed", "unresolved"],
  ["failed", "send-error"],
  ["failed", "no-engine"],
  ["failed", "overload"],
  ["failed", "suspended"],
];

/** An outcome as one whole number: the RTT in µs, or −1, −2, … for a cause. */
export function toCode(outcome: Outcome): number {
  if (outcome.outcome === "reply") return Math.round(outcome.rttMs * 1000);
  return -1 - CAUSES.findIndex(([kind, cause]) => kind === outcome.outcome && cause === outcome.cause);
}

/** What a number on disk stands for; one that no version wrote is `failed/no-engine`: nothing is made up. */
export function outcomeOf(code: number): Outcome {
  if (code >= 0) return { outcome: "reply", rttMs: code / 1000 };
  const [outcome, cause] = CAUSES[-1 - code] ?? ["failed", "no-engine"];
  return { outcome, cause } as Outcome;
}
