// @ts-check
// Lanes under the chart, one for each client: how much was lost, by colour and by height; hatched where nothing was measured;
// empty where nothing came at all.
/// <reference lib="dom" />
import { levelOf } from "./loss_levels.js";
/** @import { Plane } from "./smoke_paint.js" */
/** @import { Track } from "./types.ts" */

/** In pixels of the page. */
const LANE = 12;
const SPACE = 4;
const FOOT = 2;

/** How much height so many lanes take. @param {number} many @returns {number} */
export function lanesHeight(many) {
  return many * (LANE + SPACE) + SPACE;
}

/** @param {Plane} plane whose lower edge is where the lanes begin @param {readonly Track[]} tracks */
export function paintLanes(plane, tracks) {
  const { context, colours, left, top, width, height, ratio } = plane;
  const hatch = hatchPattern(context, colours.failed, ratio);
  for (const [index, track] of tracks.entries()) {
    const floor = top + height + (SPACE + index * (LANE + SPACE) + LANE) * ratio;
    context.save();
    context.font = colours.font.replace("12px", `${10 * ratio}px`);
    context.fillStyle = tracks.length === 1
      ? colours.text
      : colours.clients[track.style % colours.clients.length] ?? "";
    context.textAlign = "right";
    context.textBaseline = "alphabetic";
    context.fillText(short(tracks.length === 1 ? "loss" : track.client), left - 8 * ratio, floor - ratio);
    context.beginPath();
    context.rect(left, floor - LANE * ratio, width, LANE * ratio);
    context.clip();
    for (const { startMs, endMs, loss, failed } of track.buckets) {
      const from = plane.x(startMs);
      const wide = Math.max(plane.x(endMs) - from, ratio);
      if (loss === null) {
        if (failed === 0) continue;
        context.fillStyle = hatch ?? colours.failed;
        context.fillRect(from, floor - LANE * ratio, wide, LANE * ratio);
        continue;
      }
      const level = levelOf(loss);
      const tall = level === 0 ? FOOT : FOOT + 2 + (LANE - FOOT - 2) * level / (colours.levels.length - 1);
      context.fillStyle = colours.levels[level] ?? "";
      context.fillRect(from, floor - tall * ratio, level === 0 ? wide : Math.max(wide, 2 * ratio), tall * ratio);
    }
    context.restore();
  }
}

/** The gutter is narrow. @param {string} text @returns {string} */
function short(text) {
  return text.length <= 8 ? text : `${text.slice(0, 7)}…`;
}

/** @param {CanvasRenderingContext2D} context @param {string} colour @param {number} ratio */
function hatchPattern(context, colour, ratio) {
  const side = Math.round(6 * ratio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = side;
  const pen = tile.getContext("2d");
  if (pen === null) return null;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5 * ratio;
  pen.beginPath();
  for (const shift of [-side, 0, side]) {
    pen.moveTo(shift, side);
    pen.lineTo(shift + side, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}
