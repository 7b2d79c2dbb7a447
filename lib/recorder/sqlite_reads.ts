import { Bucket, toWindowSummary } from "./bucket.ts";
import { chooseStep, PointGatherer, pointsFromRaw } from "./chart.ts";
import { fromValue } from "./ping_value.ts";
import type { Results } from "./results.ts";
import { LEVELS } from "./rollup.ts";
import { rescan } from "./sqlite_episodes.ts";
import type { SqliteHistory } from "./sqlite_history.ts";
import { bytesOf, rollupKey } from "./sqlite_tables.ts";
import type { Chart, Ping, Summary, TimeRange, WindowSummary } from "./store.ts";
import { LEAST_RECENT, type OpenWindow, type Track } from "./track.ts";

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
const [MINUTES, HOURS] = LEVELS;

/** A chart reads no more raw results than this, which takes some 10 ms. */
const MOST_RAW = 100_000;

/** A chart reads no more roll-ups of a minute than this, which takes some 20 ms. */
const MOST_MINUTES = 20_000;

/** A range that begins this part of it before the kept results still counts as kept: a page's clock is a little off. */
const SLACK = 0.01;

/** A state whose past changed is looked up again at most so often. */
const RESCAN_MS = 60_000;

/** @param keptFromMs results before it are not kept */
export function readChart(
  history: SqliteHistory,
  track: Track,
  { startMs, endMs, points, keptFromMs, nowMs }: TimeRange & { points: number; keptFromMs: number; nowMs: number },
): Chart {
  const slackMs = (endMs - startMs) * SLACK;
  let stepMs = chooseStep({ startMs, endMs }, points);
  if (startMs + slackMs >= keptFromMs && history.countRaw(track, startMs * 1000, endMs * 1000) <= MOST_RAW) {
    const parts = history.slices(track, Math.max(startMs, keptFromMs) * 1000, endMs * 1000);
    return { stepMs, source: "raw", points: pointsFromRaw(parts, stepMs) };
  }
  const minutesAreKept = startMs + slackMs >= nowMs - history.keepMs(MINUTES);
  const level = minutesAreKept && endMs - startMs <= MOST_MINUTES * MINUTE_MS ? MINUTES : HOURS;
  stepMs = chooseStep({ startMs, endMs }, points, { widthMs: level.widthMs });
  const aligned = { startMs: Math.floor(startMs / level.widthMs) * level.widthMs, endMs };
  const gatherer = new PointGatherer(stepMs, aligned);
  for (const row of history.rollups(track, level, aligned.startMs, endMs)) {
    gatherer.addBlock(level, Number(row.key) % rollupKey(1, 0), bytesOf(row));
  }
  gatherer.addRaw(track.tail.between(aligned.startMs * 1000, endMs * 1000));
  return { stepMs, source: level.name, points: gatherer.points() };
}

export function readSummary(history: SqliteHistory, track: Track, nowMs: number, keptFromMs: number): Summary {
  const { results } = history.recent(track, nowMs);
  const recent = toPings(results, Math.max(0, results.length - LEAST_RECENT));
  if (track.scannerStale && Math.abs(nowMs - track.rescannedMs) >= RESCAN_MS) {
    rescan(history, track, { nowMs, keptFromMs });
  }
  return {
    series: track.series,
    ...track.scanner.current(nowMs, track.heardMs),
    last: recent.at(-1) ?? null,
    windows: {
      "5m": fiveMinutes(history, track, nowMs),
      "1h": toWindowSummary(openWindow(history, track, "hour", nowMs)),
      "24h": toWindowSummary(openWindow(history, track, "day", nowMs)),
    },
    recent,
  };
}

/** Results as pings, from an index on. */
export function toPings(results: Results, start = 0): Ping[] {
  const pings: Ping[] = [];
  for (let i = start; i < results.length; i++) {
    const atMs = Math.floor(results.time(i) / 1000);
    const value = results.value(i);
    pings.push(value >= 0 ? { atMs, latencyMs: value / 1000 } : { atMs, ...fromValue(value) });
  }
  return pings;
}

const FIVE_MINUTES = new Bucket();

function fiveMinutes(history: SqliteHistory, track: Track, nowMs: number): WindowSummary {
  const fromUs = (nowMs - 5 * MINUTE_MS) * 1000;
  const bucket = FIVE_MINUTES;
  bucket.reset();
  const { results, fromUs: knownFromUs } = history.recent(track, nowMs);
  if (knownFromUs <= fromUs) addResults(bucket, results, results.lowerBound(fromUs));
  else for (const part of history.slices(track, fromUs, Infinity)) addResults(bucket, part);
  return toWindowSummary(bucket);
}

/** The counts of the last hour or day, kept open for new results and read again when the window has moved on. */
function openWindow(history: SqliteHistory, track: Track, name: "hour" | "day", nowMs: number): Bucket {
  const [lengthMs, moveMs] = name === "hour" ? [HOUR_MS, MINUTE_MS] : [DAY_MS, 10 * MINUTE_MS];
  // The windows do not all move at the same moment, since moving one costs ten times what asking for it does.
  const laterMs = (track.series.id * 7919 * 1000) % moveMs;
  const fromMs = Math.floor((nowMs - lengthMs - laterMs) / moveMs) * moveMs;
  const open = track[name];
  if (open?.fromMs === fromMs) return open.bucket;
  const made: OpenWindow = { fromMs, bucket: new Bucket() };
  const hourMs = name === "hour" ? Infinity : Math.ceil(fromMs / HOUR_MS) * HOUR_MS;
  history.addRollups(track, MINUTES, fromMs, hourMs, made.bucket);
  if (name === "day") history.addRollups(track, HOURS, hourMs, Infinity, made.bucket);
  addResults(made.bucket, track.tail, track.tail.lowerBound(fromMs * 1000));
  track[name] = made;
  return made.bucket;
}

function addResults(bucket: Bucket, results: Results, start = 0): void {
  for (let i = start; i < results.length; i++) bucket.add(results.value(i));
}
