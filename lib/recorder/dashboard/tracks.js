// @ts-check
// From the recorder's series to what a chart draws, and how the live feed goes on with it.
import { isLost } from "./states.js";
/** @import { Bucket, Figures, LiveResult, Series, Track } from "./types.ts" */

/**
 * @param {Series} series @param {Figures | undefined} whole what the range comes to @param {number} style
 * @returns {Track}
 */
export function toTrack({ client, step_ms: stepMs, points }, whole, style) {
  const starts = points.map(({ time }) => Date.parse(time));
  // Pings may come less often than there are buckets: then the usual distance counts, not the bucket's width.
  const usualMs = Math.max(stepMs, medianOf(starts.slice(1).map((start, index) => start - (starts[index] ?? start))));
  const buckets = points.map((point, index) => {
    const startMs = starts[index] ?? 0;
    return { ...point, startMs, endMs: Math.min(startMs + usualMs, starts[index + 1] ?? Infinity) };
  });
  return { client, buckets, gapMs: usualMs * 3, stepMs, whole, style };
}

/** @param {number[]} values @returns {number} 0 where there are none */
function medianOf(values) {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/**
 * A track with one more result. Percentiles of the bucket it falls in stay as they are until the recorder is asked again.
 * @param {Track} track @param {LiveResult} result @returns {Track}
 */
export function appendResult(track, { time, latency_ms: ms, cause }) {
  const atMs = Date.parse(time);
  const last = track.buckets.at(-1);
  if (last !== undefined && atMs < last.startMs) return track;
  const [replies, lost, failed] = ms !== null ? [1, 0, 0] : isLost(cause) ? [0, 1, 0] : [0, 0, 1];
  const one = { replies, lost, failed, min: ms, p5: ms, median: ms, p95: ms, max: ms, mean: ms };
  if (last === undefined || atMs >= last.startMs + track.stepMs) {
    const startMs = last === undefined
      ? atMs
      : last.startMs + Math.floor((atMs - last.startMs) / track.stepMs) * track.stepMs;
    const usualMs = track.gapMs / 3;
    const before = last === undefined
      ? []
      : [...track.buckets.slice(0, -1), { ...last, endMs: Math.min(last.startMs + usualMs, startMs) }];
    const added = { ...one, count: 1, loss: lossOf(one), startMs, endMs: startMs + Math.max(usualMs, track.stepMs) };
    return { ...track, buckets: [...before, added] };
  }
  return { ...track, buckets: [...track.buckets.slice(0, -1), merge(last, one)] };
}

/** @param {Bucket} bucket @param {Omit<Figures, "count" | "loss">} one @returns {Bucket} */
function merge(bucket, one) {
  const sums = {
    replies: bucket.replies + one.replies,
    lost: bucket.lost + one.lost,
    failed: bucket.failed + one.failed,
  };
  const ms = one.median;
  if (ms === null) return { ...bucket, ...sums, count: bucket.count + 1, loss: lossOf(sums) };
  const mean = ((bucket.mean ?? 0) * bucket.replies + ms) / sums.replies;
  return {
    ...bucket,
    ...sums,
    count: bucket.count + 1,
    loss: lossOf(sums),
    min: Math.min(bucket.min ?? ms, ms),
    p5: bucket.p5 ?? ms,
    median: bucket.median ?? ms,
    p95: bucket.p95 ?? ms,
    max: Math.max(bucket.max ?? ms, ms),
    mean,
  };
}

/** @param {{replies: number, lost: number}} counts @returns {number | null} */
function lossOf({ replies, lost }) {
  return replies + lost === 0 ? null : lost / (replies + lost);
}

/** The bucket at a time, or undefined in a gap. @param {Track} track @param {number} atMs @returns {Bucket | undefined} */
export function bucketAt({ buckets }, atMs) {
  let low = 0;
  let high = buckets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((buckets[middle]?.startMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  const found = buckets[low - 1];
  return found !== undefined && atMs < found.endMs ? found : undefined;
}

/**
 * Buckets that follow one another with answers: what a line may connect.
 * @param {Track} track @returns {Bucket[][]}
 */
export function runsOf({ buckets, gapMs }) {
  /** @type {Bucket[][]} */
  const runs = [];
  /** @type {Bucket | undefined} */
  let before;
  for (const bucket of buckets) {
    if (bucket.median === null) {
      if (bucket.lost > 0 || bucket.failed > 0) before = undefined;
      continue;
    }
    if (before === undefined || bucket.startMs - before.startMs > gapMs) runs.push([]);
    runs.at(-1)?.push(bucket);
    before = bucket;
  }
  return runs;
}
