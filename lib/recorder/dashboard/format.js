// @ts-check
// Numbers and times as people read them.

/** What stands where there is no value. */
export const NONE = "–";

/** Three digits that matter, as ping programs measure no finer. @param {number | null | undefined} ms @returns {string} */
export function formatMs(ms) {
  if (ms === null || ms === undefined) return NONE;
  if (ms < 1) return ms.toFixed(3);
  if (ms < 10) return ms.toFixed(2);
  if (ms < 100) return ms.toFixed(1);
  return ms.toFixed(0);
}

/** @param {number | null | undefined} ms @returns {string} */
export function formatMsUnit(ms) {
  return ms === null || ms === undefined ? NONE : `${formatMs(ms)} ms`;
}

/** Little loss must not look like none, nor much like all. @param {number | null | undefined} loss 0 to 1 @returns {string} */
export function formatLoss(loss) {
  if (loss === null || loss === undefined) return NONE;
  const percent = loss * 100;
  if (percent > 0 && percent < 0.1) return "<0.1 %";
  if (percent >= 99.95 && percent < 100) return ">99.9 %";
  return `${percent === 0 || percent === 100 ? percent : percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

const UNITS = /** @type {const} */ ([["y", 31_536_000], ["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]]);

/** The two largest units, such as `3 d 4 h`. @param {number} seconds @returns {string} */
export function formatDuration(seconds) {
  let rest = Math.max(0, Math.round(seconds));
  const first = UNITS.findIndex(([, size]) => rest >= size);
  if (first === -1) return "0 s";
  const parts = [];
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    const many = Math.floor(rest / size);
    rest -= many * size;
    if (many > 0) parts.push(`${many} ${unit}`);
  }
  return parts.join(" ");
}

/** The largest unit alone, such as `3 d`. @param {number} seconds @returns {string} */
export function formatAge(seconds) {
  return formatDuration(seconds).split(" ").slice(0, 2).join(" ");
}

const DAY = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });
const TIME = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const SHORT = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hour12: false,
});

/** In the reader's own time zone, seconds included. @param {number} atMs @returns {string} */
export function formatTime(atMs) {
  return `${DAY.format(atMs)}, ${TIME.format(atMs)}`;
}

/** Without year and seconds. @param {number} atMs @returns {string} */
export function formatShortTime(atMs) {
  return SHORT.format(atMs);
}

/** @param {number} many @returns {string} */
export function formatCount(many) {
  return many.toLocaleString();
}

const TICK_SECOND = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const TICK_MINUTE = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const TICK_DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const TICK_MONTH = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric" });

/** As little as tells a tick from its neighbours; midnight gets its day. @param {number} atMs @param {number} stepMs @returns {string} */
export function formatTick(atMs, stepMs) {
  if (stepMs >= 28 * 86_400_000) return TICK_MONTH.format(atMs);
  if (stepMs >= 86_400_000) return TICK_DAY.format(atMs);
  const at = new Date(atMs);
  if (at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0) return TICK_DAY.format(atMs);
  return (stepMs < 60_000 ? TICK_SECOND : TICK_MINUTE).format(atMs);
}
