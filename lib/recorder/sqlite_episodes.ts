import { type Level, LEVELS } from "./rollup.ts";
import { feedStretch } from "./rollup_scan.ts";
import { type Episode, Scanner } from "./scanner.ts";
import type { SqliteHistory } from "./sqlite_history.ts";
import { bytesOf, rollupKey } from "./sqlite_tables.ts";
import type { TimeRange } from "./store.ts";
import type { Track } from "./track.ts";

const [MINUTES, HOURS] = LEVELS;

/** How far a search for the beginning of a state goes back at first; each time after that 4 × as far. */
const LOOK_BACK_MS = 6 * 3_600_000;

/** What is known of the past, and from when on raw results are. */
interface Past {
  readonly nowMs: number;
  readonly keptFromMs: number;
}

/** The episodes of a series up to the end of a range, those that touch it with their true beginnings and ends. */
export function readEpisodes(
  history: SqliteHistory,
  track: Track,
  { startMs, endMs, nowMs, keptFromMs }: TimeRange & Past,
): Episode[] {
  const oldestMs = oldest(history, nowMs, keptFromMs);
  for (let backMs = LOOK_BACK_MS;; backMs *= 4) {
    const fromMs = Math.max(oldestMs, startMs - backMs);
    const episodes: Episode[] = [];
    const scanner = new Scanner((episode) => episodes.push(episode));
    feed(scanner, history, track, { startMs: fromMs, endMs: Infinity, nowMs, keptFromMs });
    scanner.finish(nowMs);
    const [first] = episodes;
    // Cut short by where the reading began: what began before the range is looked for further back.
    const cut = first === undefined || first.kind !== "up" || first.startMs > startMs;
    if (!cut || fromMs <= oldestMs) return episodes.filter((episode) => episode.startMs < endMs);
  }
}

/** Makes the scanner of a series anew from what is stored, far enough back to find where its state began. */
export function rescan(history: SqliteHistory, track: Track, { nowMs, keptFromMs }: Past): void {
  track.rescannedMs = nowMs;
  track.scannerStale = false;
  const oldestMs = oldest(history, nowMs, keptFromMs);
  for (let backMs = LOOK_BACK_MS;; backMs *= 4) {
    const fromMs = Math.max(oldestMs, nowMs - backMs);
    const scanner = new Scanner();
    feed(scanner, history, track, { startMs: fromMs, endMs: Infinity, nowMs, keptFromMs });
    const { state, sinceMs } = scanner.current(nowMs);
    // A state that began where the reading began may have begun earlier.
    const found = state === "silent" || sinceMs !== null && sinceMs > fromMs + backMs / 2;
    if (!found && fromMs > oldestMs) continue;
    if (scanner.lastMs !== null) track.scanner = scanner;
    return;
  }
}

function oldest(history: SqliteHistory, nowMs: number, keptFromMs: number): number {
  return Math.min(keptFromMs, ...LEVELS.map((level) => nowMs - history.keepMs(level)));
}

/** Feeds a range: raw results where they are kept, before that minutes, and before those hours. */
function feed(
  scanner: Scanner,
  history: SqliteHistory,
  track: Track,
  { startMs, endMs, nowMs, keptFromMs }: TimeRange & Past,
): void {
  const minutesFromMs = Math.min(keptFromMs, Math.max(startMs, nowMs - history.keepMs(MINUTES)));
  if (startMs < minutesFromMs) feedRollups(scanner, history, track, HOURS, startMs, minutesFromMs);
  if (minutesFromMs < keptFromMs) feedRollups(scanner, history, track, MINUTES, minutesFromMs, keptFromMs);
  for (const part of history.slices(track, Math.max(startMs, keptFromMs) * 1000, endMs * 1000)) {
    for (let i = 0; i < part.length; i++) scanner.feed(Math.floor(part.time(i) / 1000), part.value(i));
  }
}

function feedRollups(
  scanner: Scanner,
  history: SqliteHistory,
  track: Track,
  level: Level,
  startMs: number,
  endMs: number,
): void {
  for (const row of history.rollups(track, level, startMs, endMs)) {
    const first = (Number(row.key) % rollupKey(1, 0)) * level.perBlock;
    feedStretch(scanner, level, { first, data: bytesOf(row) }, { startMs, endMs });
  }
}
