// @ts-check
// Draws smoke: how the answers of each bucket spread, and the median through it.
/// <reference lib="dom" />
import { DASHES } from "./chart_colours.js";
import { levelOf } from "./loss_levels.js";
import { runsOf } from "./tracks.js";
/** @import { Colours } from "./chart_colours.js" */
/** @import { Bucket, Track } from "./types.ts" */

/**
 * @typedef {object} Plane where to draw, in canvas pixels
 * @property {CanvasRenderingContext2D} context @property {Colours} colours
 * @property {(ms: number) => number} x of a time @property {(ms: number) => number} y of a latency
 * @property {number} left @property {number} top @property {number} width @property {number} height
 * @property {number} ratio canvas pixels for a pixel of the page
 */

/** @param {Plane} plane @param {readonly Track[]} tracks the first is the target that was opened */
export function paintSmoke(plane, tracks) {
  const { context, colours, ratio } = plane;
  const [main] = tracks;
  if (main === undefined) return;
  const alone = tracks.length === 1;
  context.save();
  context.beginPath();
  context.rect(plane.left, plane.top, plane.width, plane.height);
  context.clip();
  paintColumns(plane, main);
  for (const track of [...tracks].reverse()) {
    const colour = colours.clients[track.style % colours.clients.length] ?? "";
    for (const run of runsOf(track)) {
      if (alone) fillBand(plane, run, "min", "max", colours.smokeOuter, 1);
      fillBand(plane, run, "p5", "p95", alone ? colours.smokeInner : colour, alone ? 1 : 0.16);
      context.lineWidth = (alone ? 2 : 1.75) * ratio;
      context.lineJoin = context.lineCap = "round";
      context.setLineDash((alone ? [] : DASHES[track.style % DASHES.length] ?? []).map((length) => length * ratio));
      if (alone) strokeByLoss(plane, run);
      else strokeMedian(plane, run, colour);
      context.setLineDash([]);
    }
  }
  context.restore();
}

/** Columns where nothing was answered: tinted where all was lost, hatched grey where nothing was measured. @param {Plane} plane @param {Track} track */
function paintColumns({ context, colours, x, top, height, ratio }, { buckets }) {
  for (const { startMs, endMs, replies, lost, failed } of buckets) {
    if (replies > 0 || lost + failed === 0) continue;
    const left = x(startMs);
    const width = Math.max(x(endMs) - left, ratio);
    context.globalAlpha = lost > 0 ? 0.13 : 0.12;
    context.fillStyle = (lost > 0 ? colours.levels.at(-1) : colours.failed) ?? "";
    context.fillRect(left, top, width, height);
    context.globalAlpha = 1;
  }
}

/**
 * @param {Plane} plane @param {Bucket[]} run @param {"min" | "p5"} low @param {"max" | "p95"} high
 * @param {string} colour @param {number} alpha
 */
function fillBand({ context, x, y, ratio }, run, low, high, colour, alpha) {
  context.beginPath();
  const [only] = run;
  if (run.length === 1 && only !== undefined) {
    const upper = y(only[high] ?? 0);
    context.rect(middle(x, only) - 1.5 * ratio, upper, 3 * ratio, Math.max(y(only[low] ?? 0) - upper, ratio));
  } else {
    for (const bucket of run) context.lineTo(middle(x, bucket), y(bucket[high] ?? 0));
    for (const bucket of run.toReversed()) context.lineTo(middle(x, bucket), y(bucket[low] ?? 0));
    context.closePath();
  }
  context.globalAlpha = alpha;
  context.fillStyle = colour;
  context.fill();
  context.globalAlpha = 1;
}

/** Each bucket's part of the line, from half-way before to half-way after it, in the colour of its loss. @param {Plane} plane @param {Bucket[]} run */
function strokeByLoss({ context, colours, x, y, ratio }, run) {
  const paths = colours.levels.map(() => new Path2D());
  for (const [index, bucket] of run.entries()) {
    const level = levelOf(bucket.loss ?? 0);
    const path = paths[level];
    const [before, after] = [run[index - 1], run[index + 1]];
    const [atX, atY] = [middle(x, bucket), y(bucket.median ?? 0)];
    // A small foot to each side: a bucket with loss must be seen even where the line is steep.
    const foot = level > 0 ? 1.5 * ratio : 0.01;
    if (before) path?.moveTo((middle(x, before) + atX) / 2, (y(before.median ?? 0) + atY) / 2);
    else path?.moveTo(atX - foot, atY);
    path?.lineTo(atX, atY);
    if (after) path?.lineTo((middle(x, after) + atX) / 2, (y(after.median ?? 0) + atY) / 2);
    else path?.lineTo(atX + foot, atY);
  }
  for (const [level, path] of paths.entries()) {
    context.strokeStyle = colours.levels[level] ?? "";
    context.lineWidth = (level === 0 ? 1.75 : 3) * ratio;
    context.stroke(path);
  }
}

/** @param {Plane} plane @param {Bucket[]} run @param {string} colour */
function strokeMedian({ context, x, y }, run, colour) {
  context.beginPath();
  for (const bucket of run) context.lineTo(middle(x, bucket), y(bucket.median ?? 0));
  const [only] = run;
  if (run.length === 1 && only) context.lineTo(middle(x, only) + 0.01, y(only.median ?? 0));
  context.strokeStyle = colour;
  context.stroke();
}

/** @param {(ms: number) => number} x @param {Bucket} bucket */
function middle(x, { startMs, endMs }) {
  return x((startMs + endMs) / 2);
}
