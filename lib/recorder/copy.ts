import type { Results } from "./results.ts";
import { type Level, LEVELS } from "./rollup.ts";
import type { Series } from "./store.ts";

/** A history that is copied. Nothing else may use it meanwhile. */
export interface CopySource {
  /** What tells this history from another one, so that a copy that was broken off goes on. */
  readonly name: string;
  /** In the order in which they were registered. */
  listSeries(): readonly { readonly series: Series; readonly pinned: boolean }[];
  /** Results before this are dropped, but for such as came late; epoch ms, a full hour. −Infinity: none are. */
  readonly rawFromMs: number;
  /** All raw results of a series that are later than a time, oldest first, in parts. */
  results(seriesId: number, afterUs: number): Iterable<Results>;
  /** The blocks of one level with buckets before a moment. */
  rollups(
    seriesId: number,
    level: Level,
    endMs: number,
  ): Iterable<{ readonly block: number; readonly data: Uint8Array }>;
  /** How many raw results there are. */
  count(): number;
  close(): Promise<void>;
}

/** How far the copy of a series is. */
export interface SeriesProgress {
  /** The series as the target knows it. */
  readonly id: number;
  /** All results up to this time are there, µs; −1 before the first. */
  readonly toUs: number;
  /** How many that are. */
  readonly copied: number;
  readonly rollupsDone: boolean;
}

/** Where a copy goes. Each call is one transaction, with the progress in it. */
export interface CopyTarget {
  begin(source: Pick<CopySource, "name" | "rawFromMs">): Promise<void>;
  series(series: Series, pinned: boolean): Promise<SeriesProgress>;
  /** Stores results, those that are there already left out, and counts them in the roll-ups from `rawFromMs` on. */
  storeResults(progress: SeriesProgress, results: Results): Promise<void>;
  /** Adds the buckets before `rawFromMs` to the roll-ups, once. */
  storeRollups(
    progress: SeriesProgress,
    level: Level,
    blocks: Iterable<{ block: number; data: Uint8Array }>,
  ): Promise<void>;
  rollupsDone(progress: SeriesProgress): Promise<void>;
  /** Everything is there: counts what waits. */
  finish(): Promise<void>;
}

export interface CopyOptions {
  /** Ends the copy between two parts; the next call goes on from there. */
  readonly signal: AbortSignal;
  /** How many raw results are there, those of earlier calls too, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Copies a whole history: targets with their names, raw results, and the roll-ups of what is older. It may be broken
 * off at any moment, and a call that is repeated goes on where the last one was.
 * @returns whether all is there
 */
export async function copyHistory(
  source: CopySource,
  target: CopyTarget,
  { signal, onProgress = () => {} }: CopyOptions,
): Promise<boolean> {
  await target.begin(source);
  const total = source.count();
  let done = 0;
  for (const { series, pinned } of source.listSeries()) {
    if (signal.aborted) return false;
    const progress = await target.series(series, pinned);
    onProgress(done += progress.copied, total);
    for (const part of source.results(series.id, progress.toUs)) {
      await target.storeResults(progress, part);
      onProgress(done += part.length, total);
      if (signal.aborted) return false;
    }
    if (progress.rollupsDone) continue;
    for (const level of LEVELS) {
      await target.storeRollups(progress, level, source.rollups(series.id, level, source.rawFromMs));
    }
    await target.rollupsDone(progress);
  }
  await target.finish();
  return true;
}
