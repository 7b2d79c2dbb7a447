import type { PostgresHistory } from "./postgres_history.ts";
import { type Level, LEVELS } from "./rollup.ts";
import { feedStretch } from "./rollup_scan.ts";
import { type Episode, Scanner } from "./scanner.ts";
import type { TimeRange } from "./store.ts";

const [MINUTES, HOURS] = LEVELS;

/** How far a search for the beginning of a state goes back at first; each time after that 4 × as far. */
const LOOK_BACK_MS = 6 * 3_600_000;

/** What is known of the past, and from when on raw results are. */
export interface Past {
  readonly nowMs: number;
  readonly keptFromMs: number;
}

/** The episodes of a series up to the end of a range, those that touch it with their true beginnings and ends. */
export async function readEpisodes(
  history: PostgresHistory,
  series: number,
  { startMs, endMs, nowMs, keptFromMs }: TimeRange & Past,
): Promise<Episode[]> {
  const oldestMs = oldest(history, nowMs, keptFromMs);
  for (let backMs = LOOK_BACK_MS;; backMs *= 4) {
    const fromMs = Math.max(oldestMs, startMs - backMs);
    const episodes: Episode[] = [];
    const scanner = new Scanner((episode) => episodes.push(episode));
    await feed(scanner, history, series, { startMs: fromMs, nowMs, keptFromMs });
    scanner.finish(nowMs);
    const [first] = episodes;
    // Cut short by where the reading began: what began before the range is looked for further back.
    const cut = first === undefined || first.kind !== "up" || first.startMs > startMs;
    if (!cut || fromMs <= oldestMs) return episodes.filter((episode) => episode.startMs < endMs);
  }
}

/** The scanner of a series made anew from what is stored, far enough back to find where its state began. */
export async function rescan(
  history: PostgresHistory,
  series: number,
  { nowMs, keptFromMs }: Past,
): Promise<Scanner> {
  const oldestMs = oldest(history, nowMs, keptFromMs);
  for (let backMs = LOOK_BACK_MS;; backMs *= 4) {
    const fromMs = Math.max(oldestMs, nowMs - backMs);
    const scanner = new Scanner();
    await feed(scanner, history, series, { startMs: fromMs, nowMs, keptFromMs });
    const { state, sinceMs } = scanner.current(nowMs);
    // A state that began where the reading began may have begun earlier.
    const found = state === "silent" || sinceMs !== null && sinceMs > fromMs + backMs / 2;
    if (found || fromMs <= oldestMs) return scanner;
  }
}

function oldest(history: PostgresHistory, nowMs: number, keptFromMs: number): number {
  return Math.min(keptFromMs, ...LEVELS.map((level) => nowMs - history.keepMs(level)));
}

/** Feeds all from a moment on: raw results where they are kept, before that minutes, and before those hours. */
async function feed(
  scanner: Scanner,
  history: PostgresHistory,
  series: number,
  { startMs, nowMs, keptFromMs }: Past & { readonly startMs: number },
): Promise<void> {
  const minutesFromMs = Math.min(keptFromMs, Math.max(startMs, nowMs - history.keepMs(MINUTES)));
  if (startMs < minutesFromMs) await feedRollups(scanner, history, series, HOURS, startMs, minutesFromMs);
  if (minutesFromMs < keptFromMs) await feedRollups(scanner, history, series, MINUTES, minutesFromMs, keptFromMs);
  for await (const part of history.slices(series, Math.max(startMs, keptFromMs) * 1000, Infinity)) {
    for (let i = 0; i < part.length; i++) scanner.feed(Math.floor(part.time(i) / 1000), part.value(i));
  }
}

async function feedRollups(
  scanner: Scanner,
  history: PostgresHistory,
  series: number,
  level: Level,
  startMs: number,
  endMs: number,
): Promise<void> {
  for (const { block, data } of await history.rollups(series, level, startMs, endMs)) {
    feedStretch(scanner, level, { first: block * level.perBlock, data }, { startMs, endMs });
  }
}
