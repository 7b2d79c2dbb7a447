const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** The end of the year 9999, the last that RFC 3339 can write. */
export const MAX_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Reads a time in RFC 3339 (the offset or `Z` is required), or a whole number of epoch milliseconds.
 * @returns epoch ms, cut to whole milliseconds; `undefined` where it is neither, or before 1970
 */
export function parseTime(value: unknown): number | undefined {
  const ms = typeof value === "number" ? value : typeof value === "string" ? parseRfc3339(value) : NaN;
  return Number.isInteger(ms) && ms >= 0 && ms <= MAX_TIME_MS ? ms : undefined;
}

/**
 * As `parseTime`, from a query string, where everything is text and a `+` that nobody encoded has become a space.
 */
export function parseQueryTime(text: string): number | undefined {
  return parseTime(/^\d{1,15}$/.test(text) ? Number(text) : text.replace(/ (\d\d:\d\d)$/, "+$1"));
}

/** Epoch ms as RFC 3339 in UTC with milliseconds. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** What nearly every client sends. */
const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function parseRfc3339(text: string): number {
  // Several times faster, which counts at 1,000 in a batch. Days over 28 must be looked at below.
  if (CANONICAL.test(text) && text.slice(8, 10) <= "28") return Date.parse(text);
  const [, year, month, day, hour, minute, second, fraction = "", zone = ""] = RFC_3339.exec(text) ?? [];
  // Date.parse takes the 31st of every month and goes on into the next one.
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (!(Number(day) <= days)) return NaN;
  const milliseconds = fraction.slice(1, 4).padEnd(3, "0");
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${zone.toUpperCase()}`);
}
