import { configureSync, getJsonLinesFormatter, getLogger, type LogLevel, type LogRecord } from "@logtape/logtape";
import type { Clock } from "./clock.ts";
import { collapseRepeats } from "./log/repeats.ts";

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
  /** Text with colours. Default false. */
  readonly color?: boolean;
  /** Repeated messages are said once, with a count; it says when. Default: each is said. */
  readonly clock?: Clock;
  /** Takes each finished line, its line end included. */
  readonly write: (line: string) => void;
}

/** Says nothing; the default of parts that are used as a library. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** The log of a process. */
export interface ProcessLog extends Log {
  /** Says the count that a repeated message has still to be given, and lets go of its timer. To be called at the end. */
  close(): void;
}

/** Sets up the process's log and returns it. A second call replaces the first. */
export function setUpLog({ format = "text", level = "info", color = false, clock, write }: LogOptions): ProcessLog {
  const json = getJsonLinesFormatter({ properties: "flatten" });
  const say = (record: LogRecord, repeated: number) => {
    const fields = repeated === 0 ? record : { ...record, properties: { ...record.properties, repeated } };
    write(format === "json" ? json(fields) : textLine(record, { repeated, color }));
  };
  const repeats = clock === undefined ? undefined : collapseRepeats(say, clock);
  configureSync({
    reset: true,
    sinks: { out: (record: LogRecord) => repeats === undefined ? say(record, 0) : repeats.take(record) },
    loggers: [
      { category: "ping-client", sinks: ["out"], lowestLevel: level as LogLevel },
      { category: ["logtape", "meta"], sinks: ["out"], lowestLevel: "error" },
    ],
  });
  const logger = getLogger("ping-client");
  return {
    debug: (message, fields = {}) => logger.debug(message, fields),
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
    close: () => repeats?.flush(),
  };
}

/** SGR parameters by level; what is not here has no colour. */
const COLORS: Readonly<Record<string, string>> = { debug: "2", warning: "33", error: "31;1" };

/** `2026-01-31 12:00:00.000 warning message`, in UTC: boxes stand in many time zones, and their logs are compared. */
function textLine(record: LogRecord, { repeated, color }: { repeated: number; color: boolean }): string {
  const time = new Date(record.timestamp).toISOString().replace("T", " ").replace("Z", "");
  const message = record.message.map((part, index) => index % 2 === 0 ? part : plain(part)).join("");
  // A name or an answer from outside must not forge a second line or steer a terminal.
  const safe = message.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  const count = repeated === 0 ? "" : ` (repeated ${repeated === 1 ? "once" : `${repeated} times`})`;
  const line = `${record.level.padEnd(7)} ${safe}${count}`;
  const sgr = color ? COLORS[record.level] : undefined;
  return `${time} ${sgr === undefined ? line : `\x1b[${sgr}m${line}\x1b[0m`}\n`;
}

function plain(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
