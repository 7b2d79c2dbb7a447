// @ts-check
// Levels of loss, as SmokePing colours its median: each has its own colour (in style) and its own height in the lane.

/** Each level's upper end, as a fraction; the first is "none". */
const LEVELS = [0, 0.05, 0.2, 0.5, 0.9999, 1];

/** @type {readonly string[]} */
export const LEVEL_WORDS = ["none", "up to 5 %", "up to 20 %", "up to 50 %", "over 50 %", "all lost"];

/** @param {number} loss 0 to 1 @returns {number} 0 to 5 */
export function levelOf(loss) {
  const found = LEVELS.findIndex((end) => loss <= end);
  return found === -1 ? LEVELS.length - 1 : found;
}
