import { type Cause, CAUSES, LOST_CAUSES } from "../recorder_contract.ts";

/** −1 is a lost ping without a cause; the causes follow downwards in the order of `CAUSES`, which may only grow. */
export const LOST_VALUE = -1;

/** Values from here to −1 are lost pings; below it, pings that were not measured. */
export const LOWEST_LOST_VALUE = LOST_VALUE - LOST_CAUSES.length;

/** How many numbers below zero a stored value may take: room for causes that are yet to come. */
export const VALUE_OFFSET = 16;

/** A result as one number: the RTT in whole µs, or below zero the cause. */
export function toValue(latencyMs: number | null, cause?: Cause): number {
  if (latencyMs !== null) return Math.round(latencyMs * 1000) + 0; // + 0 turns −0 into 0
  return cause === undefined ? LOST_VALUE : LOST_VALUE - 1 - CAUSES.indexOf(cause);
}

/** The reverse of `toValue`. */
export function fromValue(value: number): { latencyMs: number | null; cause?: Cause } {
  if (value >= 0) return { latencyMs: value / 1000 };
  const cause = causeOf(value);
  return cause === undefined ? { latencyMs: null } : { latencyMs: null, cause };
}

/** The cause in a value below zero; undefined where the ping was lost without one. */
export function causeOf(value: number): Cause | undefined {
  return CAUSES[LOST_VALUE - 1 - value];
}

export function isFailed(value: number): boolean {
  return value < LOWEST_LOST_VALUE;
}
