import type { Answer } from "./http.ts";
import { RECORDER_HEADER, RECORDER_HEADER_VALUE } from "./recorder_contract.ts";
import { ACCEPT, type Verdict } from "./verdict.ts";

/** What a recorder can do: `extended` takes batches, times and causes. */
export type RecorderKind = "plain" | "extended";

/** What the recorder announces in its headers. */
export function kindOf({ headers }: Answer): RecorderKind {
  return headers.get(RECORDER_HEADER) === RECORDER_HEADER_VALUE ? "extended" : "plain";
}

/** The verdicts in the answer to a batch; where it is no such answer nothing is given up, for a repeat does no harm. */
export function batchVerdicts({ text, complete }: Answer, count: number): readonly Verdict[] {
  const rejected = complete ? readRejected(text, count) : undefined;
  if (rejected === undefined) {
    return Array.from({ length: count }, () => ({ verdict: "keep", reason: "its answer to a batch can't be read" }));
  }
  return Array.from({ length: count }, (_, index) => {
    const reason = rejected.get(index);
    return reason === undefined ? ACCEPT : { verdict: "reject", reason };
  });
}

function readRejected(text: string, count: number): Map<number, string> | undefined {
  const answer = parse(text) as { accepted?: unknown; duplicates?: unknown; rejected?: unknown } | null | undefined;
  if (typeof answer !== "object" || answer === null || !Array.isArray(answer.rejected)) return undefined;
  const reasons = new Map<number, string>();
  for (const entry of answer.rejected) {
    if (typeof entry?.index === "number") reasons.set(entry.index, String(entry.reason));
  }
  return Number(answer.accepted) + Number(answer.duplicates) + reasons.size === count ? reasons : undefined;
}

/** The hosts that a `GET /ips` answer lists for `client`; undefined where it is no list. */
export function registeredHosts(text: string, client: string): string[] | undefined {
  const list = parse(text);
  if (!Array.isArray(list)) return undefined;
  return list.filter((entry) => entry?.client === client && typeof entry.ip === "string").map((entry) => entry.ip);
}

/** Whether a refusal to register means that the target is there already: 409, or 400 whose text says so. */
export function saysItExists({ status, text }: Answer): boolean {
  return status === 409 || (status === 400 && /exist|already|duplicate/i.test(text));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a refusing recorder said, short and on one line: the `detail` of a problem document or the text itself. */
export function said(text: string): string {
  const body = parse(text) as { detail?: unknown; error?: unknown; message?: unknown } | null | undefined;
  const detail = typeof body === "object" && body !== null ? body.detail ?? body.error ?? body.message : undefined;
  const words = typeof detail === "string" ? detail : text.trimStart().startsWith("<") ? "" : text;
  return words.replace(/\s+/g, " ").trim().slice(0, 200);
}
