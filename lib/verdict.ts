/**
 * How a delivery ended. `accept`: the recorder has it. `reject`: it will never take this result: count it, say it once,
 * go on. `keep`: it is away or busy: wait and try again.
 */
export type Verdict =
  | { readonly verdict: "accept" }
  | { readonly verdict: "reject"; readonly reason: string }
  | Keep;

export interface Keep {
  readonly verdict: "keep";
  readonly reason: string;
  /** How long the recorder asked to be left alone, in ms. */
  readonly retryAfterMs?: number;
}

export const ACCEPT: Verdict = { verdict: "accept" };

/** Answers that a recorder gives while it is away, busy or overloaded. All 5xx belong to them. */
const AWAY = new Set([408, 425, 429]);
/** Answers that a person must mend (a token); results wait for that. */
const UNAUTHORISED = new Set([401, 403]);

/**
 * What the status of an answer means for the result that was sent.
 * @param status the HTTP status
 * @param said what the recorder said about it, for people; default nothing
 * @param retryAfterMs from `Retry-After`
 */
export function verdictOf(
  status: number,
  { said = "", retryAfterMs }: { said?: string; retryAfterMs?: number } = {},
): Verdict {
  if (status >= 200 && status < 300) return ACCEPT;
  const reason = `it answers ${status}${said === "" ? "" : `: ${said}`}`;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (AWAY.has(status) || status >= 500) return { verdict: "keep", reason, ...wait };
  if (UNAUTHORISED.has(status)) return { verdict: "keep", reason: `it refuses the token (${status})`, ...wait };
  // A redirect is a captive portal or a moved recorder: following it would turn a post into a read and lose the result.
  if (status < 400) {
    return { verdict: "keep", reason: `it redirects (${status}): give the address it redirects to`, ...wait };
  }
  return { verdict: "reject", reason };
}

/** The longest wait that a recorder may ask for: a wrong date must not silence a box for days. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Reads `Retry-After`: seconds or an HTTP date (RFC 9110, 10.2.3).
 * @param now epoch ms, against which a date is measured
 * @returns ms from 0 to one hour, or undefined where there is none or it can't be read
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const wanted = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wanted) ? undefined : Math.min(Math.max(0, wanted), MAX_RETRY_AFTER_MS);
}
