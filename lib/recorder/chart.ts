import { Bucket, rankOf, toMs } from "./bucket.ts";
import { isFailed } from "./ping_value.ts";
import type { Results } from "./results.ts";
import { bucketsOf, type Level } from "./rollup.ts";
import type { Point, TimeRange } from "./store.ts";
import { ByteReader } from "./varint.ts";

const [SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS] = [1000, 60_000, 3_600_000, 86_400_000];

/** Steps that people read easily: each divides the next unit, so that points lie on full minutes, hours and days. */
const STEPS_MS: readonly number[] = [
  ...[1, 2, 4, 5, 10, 20, 25, 40, 50, 100, 125, 200, 250, 500],
  ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].map((n) => n * SECOND_MS),
  ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 3, 4, 6, 8, 12].map((n) => n * HOUR_MS),
  ...[1, 2, 3, 4, 5, 7, 10, 14, 21, 28, 42, 56, 84, 120, 180, 365].map((n) => n * DAY_MS),
];

/**
 * The smallest good step, a multiple of `widthMs`, that covers a range with at most `points` points on its multiples.
 * @throws {RangeError} when `points` is not a whole number from 1 on, or the range is empty
 */
export function chooseStep({ startMs, endMs }: TimeRange, points: number, { widthMs = 1 } = {}): number {
  if (!Number.isInteger(points) || points < 1) {
    throw new RangeError(`Cannot make a chart: 'points' must be a whole number from 1 on: it is ${points}`);
  }
  if (!(startMs < endMs)) {
    throw new RangeError(`Cannot make a chart: 'end' must be after 'start': it is ${endMs}, and start is ${startMs}`);
  }
  const needed = (stepMs: number) => Math.ceil(endMs / stepMs) - Math.floor(startMs / stepMs);
  const good = STEPS_MS.find((stepMs) => stepMs % widthMs === 0 && needed(stepMs) <= points);
  if (good !== undefined) return good;
  // One multiple of a long enough step may still lie inside the range, and then two points are needed.
  let stepMs = Math.ceil((endMs - startMs) / points / widthMs) * widthMs;
  while (needed(stepMs) > points && stepMs < endMs) stepMs *= 2;
  return stepMs;
}

/** Points from raw results, which come in the order of their times; percentiles are exact, by nearest rank. */
export function pointsFromRaw(parts: Iterable<Results>, stepMs: number): Point[] {
  const points: Point[] = [];
  const stepUs = stepMs * 1000;
  let values: number[] = [];
  let current = -1;
  const flush = () => {
    if (values.length > 0) points.push(pointOf(current * stepMs, Float64Array.from(values).sort()));
    values = [];
  };
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) {
      const index = Math.floor(part.time(i) / stepUs);
      if (index !== current) {
        flush();
        current = index;
      }
      values.push(part.value(i));
    }
  }
  flush();
  return points;
}

/** @param sorted values as in ping_value.ts, so that replies come last */
function pointOf(timeMs: number, sorted: Float64Array): Point {
  let [lost, failed, sum] = [0, 0, 0];
  for (const value of sorted) {
    if (value >= 0) sum += value;
    else if (isFailed(value)) failed++;
    else lost++;
  }
  const replies = sorted.length - lost - failed;
  const at = (rank: number) => replies === 0 ? null : toMs(sorted[lost + failed + rank] ?? null);
  return {
    timeMs,
    replies,
    lost,
    failed,
    minMs: at(0),
    p5Ms: at(rankOf(0.05, replies)),
    medianMs: at(rankOf(0.5, replies)),
    p95Ms: at(rankOf(0.95, replies)),
    maxMs: at(replies - 1),
    meanMs: replies === 0 ? null : toMs(sum / replies),
  };
}

/**
 * Gathers points from blocks of roll-ups and from raw results that are in none, in any order.
 * @param stepMs a multiple of the width of each level that is added
 */
export class PointGatherer {
  readonly #stepMs: number;
  readonly #range: TimeRange;
  readonly #buckets = new Map<number, Bucket>();

  constructor(stepMs: number, range: TimeRange) {
    this.#stepMs = stepMs;
    this.#range = range;
  }

  /** Adds those buckets of a block that begin in the range. */
  addBlock({ widthMs, perBlock }: Level, blockIndex: number, block: Uint8Array): void {
    for (const { index, bytes } of bucketsOf(block)) {
      const timeMs = (blockIndex * perBlock + index) * widthMs;
      if (timeMs < this.#range.startMs || timeMs >= this.#range.endMs) continue;
      this.#at(timeMs).addEncoded(new ByteReader(bytes));
    }
  }

  addRaw(results: Results): void {
    for (let i = 0; i < results.length; i++) this.#at(results.time(i) / 1000).add(results.value(i));
  }

  points(): Point[] {
    return [...this.#buckets].sort(([a], [b]) => a - b).map(([index, bucket]) => ({
      timeMs: index * this.#stepMs,
      replies: bucket.replies,
      lost: bucket.lost,
      failed: bucket.failed,
      minMs: toMs(bucket.quantileUs(0)),
      p5Ms: toMs(bucket.quantileUs(0.05)),
      medianMs: toMs(bucket.quantileUs(0.5)),
      p95Ms: toMs(bucket.quantileUs(0.95)),
      maxMs: toMs(bucket.quantileUs(1)),
      meanMs: bucket.replies === 0 ? null : toMs(bucket.sumUs / bucket.replies),
    }));
  }

  #at(timeMs: number): Bucket {
    const index = Math.floor(timeMs / this.#stepMs);
    let bucket = this.#buckets.get(index);
    if (bucket === undefined) this.#buckets.set(index, bucket = new Bucket());
    return bucket;
  }
}
