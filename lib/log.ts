import { configureSync, getJsonLinesFormatter, getLogger, type LogLevel, type LogRecord } from "@logtape/logtape";

/** What the parts of the program log through: a message with `{placeholders}` and the values for them. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Levels as the option `--log-level` spells them, quietest last. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type Level = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  /** `text` for people, `json` for machines: one object a line. Default `text`. */
  readonly format?: "text" | "json";
  /** The lowest level that is written. Default `info`. */
  readonly level?: Level;
  /** Takes each finished line, its line end included. */
  readonly write: (line: string) => void;
}

/** Says nothing; the default of parts that are used as a library. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Sets up the process's log and returns it. A second call replaces the first. */
export function setUpLog({ format = "text", level = "info", write }: LogOptions): Log {
  const json = getJsonLinesFormatter({ properties: "flatten" });
  const formatter = format === "json" ? json : textLine;
  configureSync({
    reset: true,
    sinks: { out: (record: LogRecord) => write(formatter(record)) },
    loggers: [
      { category: "ping-client", sinks: ["out"], lowestLevel: level as LogLevel },
      { category: ["logtape", "meta"], sinks: ["out"], lowestLevel: "error" },
    ],
  });
  return getLogger("ping-client");
}

/** `2026-01-31 12:00:00.000 warning message`, in UTC: boxes stand in many time zones, and their logs are compared. */
function textLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString().replace("T", " ").replace("Z", "");
  const message = record.message.map((part, index) => index % 2 === 0 ? part : plain(part)).join("");
  // A name or an answer from outside must not forge a second line or steer a terminal.
  const safe = message.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `${time} ${record.level.padEnd(7)} ${safe}\n`;
}

function plain(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
