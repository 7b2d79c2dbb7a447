import { chooseStep, PointGatherer, pointsFromRaw } from "./chart.ts";
import { fromValue } from "./ping_value.ts";
import type { PostgresHistory } from "./postgres_history.ts";
import type { Results } from "./results.ts";
import { LEVELS } from "./rollup.ts";
import type { Chart, Ping, TimeRange } from "./store.ts";

const MINUTE_MS = 60_000;
const [MINUTES, HOURS] = LEVELS;

/** A chart reads no more raw results than this, which takes some 100 ms. */
const MOST_RAW = 100_000;

/** A chart reads no more roll-ups of a minute than this. */
const MOST_MINUTES = 20_000;

/** A range that begins this part of it before the kept results still counts as kept: a page's clock is a little off. */
const SLACK = 0.01;

export interface ChartQuery extends TimeRange {
  readonly points: number;
  /** Results before it are not kept. */
  readonly keptFromMs: number;
  readonly nowMs: number;
  /** Lets all that was stored be counted in the roll-ups. */
  readonly fold: () => Promise<void>;
}

export async function readChart(history: PostgresHistory, series: number, query: ChartQuery): Promise<Chart> {
  const { startMs, endMs, points, keptFromMs, nowMs, fold } = query;
  const slackMs = (endMs - startMs) * SLACK;
  const rawStepMs = chooseStep({ startMs, endMs }, points);
  const isKept = startMs + slackMs >= keptFromMs;
  if (isKept && await history.countRaw(series, startMs * 1000, endMs * 1000, MOST_RAW + 1) <= MOST_RAW) {
    const parts: Results[] = [];
    for await (const part of history.slices(series, Math.max(startMs, keptFromMs) * 1000, endMs * 1000)) {
      parts.push(part);
    }
    return { stepMs: rawStepMs, source: "raw", points: pointsFromRaw(parts, rawStepMs) };
  }
  await fold();
  const minutesAreKept = startMs + slackMs >= nowMs - history.keepMs(MINUTES);
  const level = minutesAreKept && endMs - startMs <= MOST_MINUTES * MINUTE_MS ? MINUTES : HOURS;
  const stepMs = chooseStep({ startMs, endMs }, points, { widthMs: level.widthMs });
  const alignedMs = Math.floor(startMs / level.widthMs) * level.widthMs;
  const gatherer = new PointGatherer(stepMs, { startMs: alignedMs, endMs });
  for (const { block, data } of await history.rollups(series, level, alignedMs, endMs)) {
    gatherer.addBlock(level, block, data);
  }
  return { stepMs, source: level.name, points: gatherer.points() };
}

/** Results as pings. */
export function toPings(results: Results): Ping[] {
  return Array.from({ length: results.length }, (_, i) => toPing(results.time(i), results.value(i)));
}

export function toPing(timeUs: number, value: number): Ping {
  const atMs = Math.floor(timeUs / 1000);
  return value >= 0 ? { atMs, latencyMs: value / 1000 } : { atMs, ...fromValue(value) };
}
