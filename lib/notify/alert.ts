/** What is told. `up` also ends a `loss`. */
export type AlertEvent = "down" | "up" | "loss";

/** One thing that people should hear about a target. */
export interface Alert {
  readonly event: AlertEvent;
  readonly host: string;
  readonly name?: string;
  /** The result that decided it: epoch ms. */
  readonly at: number;
  /** For people: "no answer in 3 rounds (timeout)". */
  readonly detail: string;
  /** The target changes to and fro: how often it changed since it was last told about, this change included. */
  readonly changes?: number;
}
