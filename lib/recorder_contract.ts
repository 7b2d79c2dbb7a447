// What a recorder and its clients agree on, in one place for both sides. This file imports nothing.

/** The header by which a recorder announces that it speaks the extended contract, on every answer, errors too. */
export const RECORDER_HEADER = "ping-recorder";
export const RECORDER_HEADER_VALUE = "1";

/** Lists and registers targets: `GET` and `POST {"ip", "client", "name"?}`. */
export const IPS_PATH = "/ips";

/** Where one result goes: `POST {"ip", "latency_ms", "name"?, "at"?, "cause"?}`. */
export function recordPingPath(client: string): string {
  return `/record-ping/${encodeURIComponent(client)}`;
}

/** Where up to `MAX_BATCH` results go: `POST {"results": [{"ip", "name"?, "latency_ms", "at", "cause"?}, …]}`. */
export function recordPingsPath(client: string): string {
  return `/record-pings/${encodeURIComponent(client)}`;
}

/** The most results in one batch. */
export const MAX_BATCH = 1000;

/** The most bytes in one body: 1 MiB, which holds `MAX_BATCH` results with the longest hosts and names. */
export const MAX_BODY_BYTES = 1_048_576;

/** The largest `latency_ms`. */
export const MAX_LATENCY_MS = 3_600_000;

/** How far `at` may lie ahead of the recorder's clock, in ms: 24 h. */
export const MAX_AHEAD_MS = 86_400_000;

/** Asked and not answered: counts as loss. A `null` without a cause counts so, too. */
export const LOST_CAUSES = ["timeout", "unreachable"] as const;

/** Not measured: never counts as loss. */
export const FAILED_CAUSES = ["unresolved", "send-error", "no-engine", "overload", "suspended"] as const;

/** Every `cause` that may go with `"latency_ms": null`. */
export const CAUSES = [...LOST_CAUSES, ...FAILED_CAUSES] as const;
export type Cause = (typeof CAUSES)[number];

/** Why a batch refused a result: its (ip, client) is not registered. Registering it and sending it again helps. */
export const REASON_NOT_REGISTERED = "not registered";

/** Why a result is refused: `at` is more than `MAX_AHEAD_MS` ahead of the recorder's clock. Final. */
export const REASON_AHEAD = "more than 24 h ahead of the recorder's clock";

/** Why a result is refused: `at` is older than what the recorder keeps. Final. */
export const REASON_TOO_OLD = "older than what the recorder keeps";

/** How the reason begins where a field of the result is missing or wrong; the field and what is allowed follow. Final. */
export const REASON_INVALID_PREFIX = "invalid: ";

/** A result of a batch that was not taken. `index` counts from 0. */
export interface Rejected {
  readonly index: number;
  readonly reason: string;
}

/** The answer to a batch. accepted + duplicates + rejected.length is the number of results that were sent. */
export interface BatchAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Rejected[];
}
