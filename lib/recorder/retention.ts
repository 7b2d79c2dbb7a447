const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long each kind of history is kept, ms. */
export interface Retention {
  /** Every result. */
  readonly rawMs: number;
  /** Roll-ups of one minute. */
  readonly minuteMs: number;
  /** Roll-ups of one hour. */
  readonly hourMs: number;
}

/** A week of every result, a quarter of minutes, two years of hours. */
export const DEFAULT_RETENTION: Retention = { rawMs: 7 * DAY_MS, minuteMs: 90 * DAY_MS, hourMs: 730 * DAY_MS };

/** What a recorder without a file keeps. */
export const MEMORY_RETENTION: Retention = { rawMs: DAY_MS, minuteMs: DAY_MS, hourMs: DAY_MS };

const UNIT_MS = { s: 1000, m: 60_000, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS, y: 365 * DAY_MS } as const;

const FIELDS = { raw: "rawMs", "1m": "minuteMs", "1h": "hourMs" } as const;

/** The page shows an hour and a day: less than that could not fill it. */
const LEAST_MS = { raw: HOUR_MS, "1m": DAY_MS, "1h": DAY_MS } as const;

const MOST_MS = 50 * UNIT_MS.y;

/**
 * Reads `raw=7d,1m=90d,1h=2y`. What is left out is as in `DEFAULT_RETENTION`. Units: s, m (minutes), h, d, w, y (365 d).
 * @throws {RangeError} saying which part is wrong, and what it must be
 */
export function parseRetention(text: string): Retention {
  const parsed: { -readonly [K in keyof Retention]?: number } = {};
  for (const part of text.split(",")) {
    const [, key = "", duration = ""] = /^\s*([^=\s]*)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (!isKey(key)) {
      throw new RangeError(
        `Cannot read the retention: '${part.trim()}' must be like raw=7d, 1m=90d or 1h=2y: it is none of them`,
      );
    }
    const field = FIELDS[key];
    if (parsed[field] !== undefined) {
      throw new RangeError(`Cannot read the retention: '${key}' must be given once: it is given twice`);
    }
    parsed[field] = parseDuration(key, duration);
  }
  return validateRetention({ ...DEFAULT_RETENTION, ...parsed });
}

/** The reverse of `parseRetention`, in the largest unit but weeks that divides. */
export function formatRetention(retention: Retention): string {
  return Object.entries(FIELDS).map(([key, field]) => `${key}=${formatDuration(retention[field])}`).join(",");
}

/** @throws {RangeError} when a duration is too short or too long */
export function validateRetention(retention: Retention): Retention {
  for (const key of ["raw", "1m", "1h"] as const) {
    const ms = retention[FIELDS[key]];
    if (!(ms >= LEAST_MS[key] && ms <= MOST_MS)) {
      throw new RangeError(
        `Cannot keep history: '${key}' must be from ${formatDuration(LEAST_MS[key])} to ${formatDuration(MOST_MS)}: ` +
          `it is ${formatDuration(ms)}`,
      );
    }
  }
  return retention;
}

function parseDuration(key: string, text: string): number {
  const [, number, unit] = /^(\d{1,10})([smhdwy])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) {
    throw new RangeError(
      `Cannot read the retention: '${key}' must be a whole number with one of s m h d w y: it is '${text}'`,
    );
  }
  return Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

function formatDuration(ms: number): string {
  for (const [unit, size] of Object.entries(UNIT_MS).reverse()) {
    if (unit !== "w" && ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms / 1000}s`;
}

function isKey(key: string): key is keyof typeof FIELDS {
  return Object.hasOwn(FIELDS, key);
}
