import type * as v from "valibot";
import type { exportRow, liveResult, outagesAnswer, seriesAnswer, summaryAnswer, targetAnswer } from "./answers.ts";
import type { KnownResult } from "./series_index.ts";
import type { Chart, Counts, Outage, Ping, Series, Summary, WindowSummary } from "./store.ts";
import { formatTime } from "./times.ts";

// What the store knows, in the words of the API.

export function targetJson({ id, client, ip, name, createdAtMs }: Series): v.InferOutput<typeof targetAnswer> {
  return { id, client, ip, name, created_at: formatTime(createdAtMs) };
}

export function rowJson(
  { client, ip, name }: Pick<Series, "client" | "ip" | "name">,
  { atMs, latencyMs, cause }: Ping,
): v.InferOutput<typeof exportRow> {
  return { time: formatTime(atMs), client, ip, name, latency_ms: latencyMs, cause };
}

/** As text: the same result goes to many pages. */
export function liveJson({ id, ...result }: KnownResult): string {
  const json: v.InferOutput<typeof liveResult> = { id, ...rowJson(result, result) };
  return JSON.stringify(json);
}

export function chartJson(
  { client, ip, name }: Series,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  { stepMs, source, points }: Chart,
): v.InferOutput<typeof seriesAnswer> {
  return {
    client,
    ip,
    name,
    start: formatTime(startMs),
    end: formatTime(endMs),
    step_ms: stepMs,
    source,
    points: points.map((point) => ({
      time: formatTime(point.timeMs),
      count: point.replies + point.lost + point.failed,
      replies: point.replies,
      lost: point.lost,
      failed: point.failed,
      loss: lossOf(point),
      min: rounded(point.minMs),
      p5: rounded(point.p5Ms),
      median: rounded(point.medianMs),
      p95: rounded(point.p95Ms),
      max: rounded(point.maxMs),
      mean: rounded(point.meanMs),
    })),
  };
}

export function summaryJson(
  { series: { id, client, ip, name }, state, sinceMs, last, windows, recent }: Summary,
): v.InferOutput<typeof summaryAnswer>[number] {
  return {
    id,
    client,
    ip,
    name,
    state,
    since: sinceMs === null ? null : formatTime(sinceMs),
    last: last === null ? null : { time: formatTime(last.atMs), latency_ms: last.latencyMs, cause: last.cause },
    windows: {
      "5m": windowJson(windows["5m"]),
      "1h": windowJson(windows["1h"]),
      "24h": windowJson(windows["24h"]),
    },
    recent: recent.map(({ latencyMs, cause }) => latencyMs ?? (isAsked(cause) ? null : "f")),
  };
}

export function outageJson(
  { series: { client, ip, name }, kind, startMs, endMs, cause, lost, failed, alsoDown, upFor }: Outage,
  nowMs: number,
): v.InferOutput<typeof outagesAnswer>["outages"][number] {
  return {
    client,
    ip,
    name,
    kind,
    start: formatTime(startMs),
    end: endMs === null ? null : formatTime(endMs),
    // A client's clock may be ahead of this one.
    length_s: Math.max(0, (endMs ?? nowMs) - startMs) / 1000,
    cause,
    lost,
    failed,
    also_down: [...alsoDown],
    up_for: [...upFor],
  };
}

function windowJson(window: WindowSummary): v.InferOutput<typeof summaryAnswer>[number]["windows"]["5m"] {
  const { replies, lost, failed, medianMs, p95Ms } = window;
  return { replies, lost, failed, loss: lossOf(window), median: rounded(medianMs), p95: rounded(p95Ms) };
}

function lossOf({ replies, lost }: Counts): number | null {
  return replies + lost === 0 ? null : lost / (replies + lost);
}

/** To 3 decimals: finer was never measured. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}

function isAsked(cause: Ping["cause"]): boolean {
  return cause === undefined || cause === "timeout" || cause === "unreachable";
}
