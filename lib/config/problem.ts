import { UsageError } from "../config.ts";

/** Where something stands in a config file: keys and indexes from the top. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with a config file. */
export interface Problem {
  readonly path: Path;
  /** From 1; undefined where no line can be named. */
  readonly line?: number;
  /** What is allowed and what is there: "must be at least 0.2: it is 0". */
  readonly message: string;
}

/** A person mends a file from the top; what is beyond this would only scroll the top away. */
const MAX_SAID = 100;

/** Everything that is wrong with a config file. `lines` has a line for each, by their place in the file. */
export class ConfigError extends UsageError {
  readonly lines: readonly string[];

  /** @param file how the file is called in the lines */
  constructor(file: string, problems: readonly Problem[], options?: ErrorOptions) {
    const sorted = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
    const lines = sorted.slice(0, MAX_SAID).map((problem) => lineOf(file, problem));
    if (sorted.length > MAX_SAID) lines.push(`${file}: and ${sorted.length - MAX_SAID} more`);
    super(lines.join("; "), options);
    this.lines = lines;
  }
}

function lineOf(file: string, { path, line, message }: Problem): string {
  const where = line === undefined ? file : `${file}:${line}`;
  return `${where}: ${path.length === 0 ? "" : `${formatPath(path)}: `}${message}`;
}

/** `targets[3].interval` */
export function formatPath(path: Path): string {
  return path.map((key, index) => {
    if (typeof key === "number") return `[${key}]`;
    const plain = /^[\p{L}\p{N}_-]+$/u.test(key) ? key : JSON.stringify(key.slice(0, 80));
    return index === 0 ? plain : `.${plain}`;
  }).join("");
}

/** A value as a message quotes it: on one line, cut where it is long. */
export function formatValue(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value !== "string") return String(value);
  const line = JSON.stringify(value.length > 80 ? value.slice(0, 80) + "…" : value).slice(1, -1);
  return `'${line}'`;
}
