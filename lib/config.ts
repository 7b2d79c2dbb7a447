import * as v from "valibot";
import { ENGINE_NAMES, type EngineName } from "./engine.ts";
import { LOG_LEVELS } from "./log.ts";
import { type Destination, KINDS, parseDestination } from "./notify/destination.ts";

/** Where results go when nothing else is said, and where the embedded recorder listens. */
export const DEFAULT_RECORDER = "http://localhost:5001";

const INTERVAL = "must be a number of seconds from 0.2 to 86400";
const TIMEOUT = "must be a number of seconds from 0.1 to 60";
const CLIENT = "must be 1 to 100 characters without spaces, slashes or control characters";
const ROUNDS = "must be a whole number of at least 1";
const CONCURRENCY = "must be a whole number of processes from 1 to 1000";
const MAX_QUEUE = "must be a whole number of results from 1 to 100000000";
const DRAIN_RATE = "must be a number of results a second of at least 0, where 0 is no bound";
const NOTIFY_AFTER = "must be a whole number of rounds from 1 to 1000";
const NOTIFY_LOSS = "must be a number of percent from 1 to 100";
const NOTIFY = `must be an http:// or https:// address, after ${
  KINDS.join(":, ")
}: or nothing, such as ntfy:https://ntfy.example/topic`;
const METRICS = "must be ADDR:PORT, such as 127.0.0.1:9118";
const FILE = "must be the name of a file";
const RECORDER =
  "must be an http:// or https:// address without user, query or fragment, such as http://localhost:5001";

/** What `--color` takes. */
export const COLORS = ["auto", "always", "never"] as const;
export type Color = (typeof COLORS)[number];

const recorderField = v.pipe(v.string(RECORDER), v.check(isRecorderUrl, RECORDER), v.transform(withoutSlash));

/** What a user may set, by the names that options and the configuration share. */
export const settingsSchema = v.strictObject({
  recorder: v.optional(
    v.pipe(
      v.union([recorderField, v.pipe(v.array(recorderField, RECORDER), v.minLength(1, RECORDER))], RECORDER),
      v.transform((urls): readonly string[] => [urls].flat()),
    ),
  ),
  client: v.optional(v.pipe(v.string(CLIENT), v.regex(/^[^\s/\p{Cc}]{1,100}$/u, CLIENT)), "client1"),
  interval: v.optional(
    v.pipe(v.number(INTERVAL), v.minValue(0.2, "must be at least 0.2"), v.maxValue(86_400, "must be at most 86400")),
    10,
  ),
  timeout: v.optional(
    v.pipe(v.number(TIMEOUT), v.minValue(0.1, "must be at least 0.1"), v.maxValue(60, "must be at most 60")),
  ),
  rounds: v.optional(v.pipe(v.number(ROUNDS), v.integer(ROUNDS), v.minValue(1, ROUNDS))),
  engine: v.optional(v.picklist(ENGINE_NAMES, `must be one of ${ENGINE_NAMES.join(", ")}`), "auto"),
  concurrency: v.optional(
    v.pipe(v.number(CONCURRENCY), v.integer(CONCURRENCY), v.minValue(1, CONCURRENCY), v.maxValue(1000, CONCURRENCY)),
    32,
  ),
  maxQueue: v.optional(
    v.pipe(v.number(MAX_QUEUE), v.integer(MAX_QUEUE), v.minValue(1, MAX_QUEUE), v.maxValue(100_000_000, MAX_QUEUE)),
  ),
  spool: v.optional(v.pipe(v.string(FILE), v.regex(/^[^\0]+$/, FILE))),
  drainRate: v.optional(v.pipe(v.number(DRAIN_RATE), v.minValue(0, DRAIN_RATE)), 5_000),
  late: v.optional(v.picklist(["send", "drop"], "must be send or drop"), "send"),
  tokenFile: v.optional(v.pipe(v.string(FILE), v.regex(/^[^\0]+$/, FILE))),
  notify: v.optional(v.array(v.pipe(v.string(NOTIFY), v.rawTransform(readDestination)), NOTIFY), []),
  notifyAfter: v.optional(
    v.pipe(
      v.number(NOTIFY_AFTER),
      v.integer(NOTIFY_AFTER),
      v.minValue(1, NOTIFY_AFTER),
      v.maxValue(1000, NOTIFY_AFTER),
    ),
    3,
  ),
  notifyLoss: v.optional(
    v.pipe(v.number(NOTIFY_LOSS), v.minValue(1, NOTIFY_LOSS), v.maxValue(100, NOTIFY_LOSS)),
    20,
  ),
  color: v.optional(v.picklist(COLORS, "must be auto, always or never"), "auto"),
  metrics: v.optional(v.pipe(v.string(METRICS), v.regex(/^\S{1,300}$/, METRICS))),
  log: v.optional(v.picklist(["text", "json"], "must be text or json"), "text"),
  logLevel: v.optional(v.picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`), "info"),
});

/** Settings as a user gives them. */
export type SettingsInput = v.InferInput<typeof settingsSchema>;
/** Settings with every default in place; `interval` and `timeout` in seconds. */
export type Settings = v.InferOutput<typeof settingsSchema>;

/** How a ping client runs, all checked. */
export interface Config {
  readonly recorderUrl: string;
  /** Recorders of the same history, used in their order while the first is away. */
  readonly otherRecorderUrls?: readonly string[];
  /** The user named the recorder: then nothing else ever takes its place. */
  readonly recorderGiven: boolean;
  readonly client: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Undefined: for ever. */
  readonly rounds?: number;
  readonly engine: EngineName;
  /** Processes of the ping engine at once. */
  readonly concurrency: number;
  /** Most results that wait; undefined: what the outbox takes by default. */
  readonly maxQueue?: number;
  /** The outbox on disk; undefined: in memory. */
  readonly spool?: string;
  /** Where the token for the recorder is; `-` is standard input. */
  readonly tokenFile?: string;
  /** Most results of a backlog a second; 0 is no bound. */
  readonly drainRate: number;
  /** What becomes of late results where a recorder stamps on arrival. */
  readonly late: "send" | "drop";
  /** Where metrics and health are served; undefined: nowhere. */
  readonly metrics?: string;
}

/** A mistake of the user's: one line that names the thing, its value and what is allowed. Ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The timeout when none is given, in seconds; never longer than the interval. */
export const DEFAULT_TIMEOUT_S = 2;

/**
 * Checks options against the schema.
 * @param options by the schema's names, numbers already read where the text is a number
 * @throws {UsageError} naming the first wrong option
 */
export function readOptions(options: Readonly<Record<string, unknown>>): Settings {
  const checked = v.safeParse(settingsSchema, options);
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const key = String(issue.path?.[0]?.key ?? "");
  throw new UsageError(`option --${kebab(key)} ${issue.message}: it is '${String(options[key])}'`);
}

/** Turns settings into what the client runs on. */
export function configOf(settings: Settings): Config {
  const {
    recorder,
    client,
    interval,
    rounds,
    maxQueue,
    spool,
    tokenFile,
    drainRate,
    late,
    metrics,
    engine,
    concurrency,
  } = settings;
  const timeout = settings.timeout ?? Math.min(DEFAULT_TIMEOUT_S, interval);
  return {
    recorderUrl: recorder?.[0] ?? DEFAULT_RECORDER,
    ...(recorder === undefined || recorder.length < 2 ? {} : { otherRecorderUrls: recorder.slice(1) }),
    recorderGiven: recorder !== undefined,
    client,
    intervalMs: interval * 1000,
    timeoutMs: timeout * 1000,
    drainRate,
    late,
    engine,
    concurrency,
    ...(rounds === undefined ? {} : { rounds }),
    ...(maxQueue === undefined ? {} : { maxQueue }),
    ...(spool === undefined ? {} : { spool }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(metrics === undefined ? {} : { metrics }),
  };
}

function isRecorderUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + search + hash === "";
}

function readDestination(
  { dataset, addIssue, NEVER }: v.RawTransformContext<string>,
): Destination {
  const destination = parseDestination(dataset.value);
  if (destination !== undefined) return destination;
  addIssue({ message: NOTIFY });
  return NEVER;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

/** A setting's name as options and the config file spell it. */
export function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
