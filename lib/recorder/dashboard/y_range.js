// @ts-check
// From which latency to which a chart goes.
/** @import { Span, Track } from "./types.ts" */

/** Single answers this much slower than the smoke are cut off, unless peaks are asked for. */
const PEAK = 2.5;

/** @param {readonly Track[]} tracks @param {Span} span @param {boolean} peaks @returns {[number, number]} in ms */
export function heightRange(tracks, { startMs, endMs }, peaks) {
  let low = Infinity;
  let body = 0;
  let high = 0;
  for (const { buckets } of tracks) {
    for (const bucket of buckets) {
      if (bucket.median === null || bucket.endMs < startMs || bucket.startMs > endMs) continue;
      low = Math.min(low, bucket.min ?? bucket.median);
      body = Math.max(body, bucket.p95 ?? bucket.median);
      high = Math.max(high, bucket.max ?? bucket.median);
    }
  }
  if (high === 0) return [0, 1];
  // Several clients are drawn without the band that reaches up to their slowest answers.
  const top = tracks.length > 1 ? body * 1.1 : (peaks || high <= body * PEAK ? high : body * 1.4) * 1.06;
  // A long way off, the floor at 0 would squeeze the smoke into a line.
  return [low > top * 0.7 ? Math.max(low - (top - low) * 0.4, 0) : 0, top];
}

/** Whether `heightRange` cuts something off. @param {readonly Track[]} tracks @param {Span} span @returns {boolean} */
export function hasPeaks(tracks, span) {
  return heightRange(tracks, span, true)[1] > heightRange(tracks, span, false)[1];
}
