import { isIPv6 } from "node:net";
import type { Target } from "../target.ts";
import type { FpingVersion } from "./fping_output.ts";

/** What the targets of one fping process have in common. */
export interface Group {
  readonly key: string;
  /** `undefined`: the targets have no address yet, so there is no process. */
  readonly family: 4 | 6 | undefined;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly sizeBytes: number | undefined;
}

/** The group of a target at `address`. */
export function groupOf(
  target: Target,
  address: string | undefined,
  defaults: { readonly intervalMs: number; readonly timeoutMs: number },
): Group {
  const { intervalMs = defaults.intervalMs, timeoutMs = defaults.timeoutMs, sizeBytes } = target;
  const family = address === undefined ? undefined : isIPv6(address.replace(/%.*$/, "")) ? 6 : 4;
  const key = [family ?? "none", intervalMs, timeoutMs, sizeBytes ?? ""].join(" ");
  return { key, family, intervalMs, timeoutMs, sizeBytes };
}

/**
 * Pings a second that one process is given. fping 5.1 keeps up to about 890 at `-i 1` and falls behind above (measured;
 * see tests/bench/fping_accounting.ts); it has 65,535 sequence numbers for 10 s, so this uses 8 % of them. Fewer and
 * fuller processes are cheaper: each one that runs as root hears the answers to all others and throws them away.
 */
const PINGS_PER_SECOND = 500;

/** Bounds the argument list: 5,000 IPv6 addresses are 240 KB, of the 1 MiB that the smallest system allows. */
const MAX_TARGETS = 5000;

/** How many targets one process takes. */
export function capacity(intervalMs: number): number {
  return Math.max(1, Math.min(MAX_TARGETS, Math.floor((PINGS_PER_SECOND * intervalMs) / 1000)));
}

/** The part of the interval over which a process spreads its pings; the rest makes up for what each costs on top. */
const SPREAD = 0.7;
/** Up to this many targets go out within a second: whoever watches a handful of hosts wants to see them now. */
const FEW_TARGETS = 32;
const FEW_SPAN_MS = 1000;

/**
 * How far apart a process sends its pings (`-i`), in ms. fping makes all its targets due at the same moment, each period
 * anew, so this alone spreads them. The count is rounded up in steps of a fifth, so that targets which come and go
 * seldom move the others.
 */
export function spacingMs(count: number, intervalMs: number): number {
  const places = Math.ceil(2 ** (Math.ceil(Math.log2(Math.max(1, count)) * 4) / 4));
  const span = count <= FEW_TARGETS ? Math.min(SPREAD * intervalMs, FEW_SPAN_MS) : SPREAD * intervalMs;
  // Below 1 ms fping may have been built to refuse.
  return Math.max(1, span / places);
}

/** Where in the interval the n-th process of a group begins: halves, then quarters, so that any number is spread. */
export function shardPhase(index: number): number {
  let phase = 0;
  let part = 0.5;
  for (let rest = index; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) phase += part;
    part /= 2;
  }
  return phase;
}

/** What a pipe holds before fping has to wait, with a good part left free, and the longest line (IPv6) it prints. */
const PIPE_BYTES = 40_000;
const LINE_BYTES = 110;
const SHORTEST_GATHER_MS = 250;
const LONGEST_GATHER_MS = 1000;
const LONGEST_THREAD_GATHER_MS = 750;

/**
 * How long the lines of `count` targets may gather in the pipe between two reads, in ms: a tenth of the interval, within
 * 250 ms and 1 s, but at most a quarter, and before they fill the pipe. A read costs about as much as ten pings.
 */
export function gatherMs(count: number, intervalMs: number): number {
  const fullMs = (PIPE_BYTES / LINE_BYTES / Math.max(1, count)) * intervalMs;
  return Math.min(Math.max(SHORTEST_GATHER_MS, intervalMs / 10), LONGEST_GATHER_MS, fullMs, intervalMs / 4);
}

/** The same for the thread that reads the pipes; what it has read may then gather as long as `gatherMs` once more. */
export function threadGatherMs(shortestIntervalMs: number): number {
  return Math.min(LONGEST_THREAD_GATHER_MS, shortestIntervalMs / 4);
}

/** The arguments for a process that pings `addresses` until it is ended. Addresses only, so fping asks no resolver. */
export function fpingArgs(
  group: Group,
  addresses: readonly string[],
  { version, spacingMs }: { readonly version: FpingVersion; readonly spacingMs: number },
): string[] {
  const figure = (ms: number) => String(version.takesFractions ? Math.round(ms * 1000) / 1000 : Math.floor(ms));
  return [
    group.family === 6 ? "-6" : "-4",
    "-l",
    "-D",
    "-p",
    figure(group.intervalMs),
    "-t",
    figure(group.timeoutMs),
    "-i",
    figure(spacingMs),
    ...(group.sizeBytes === undefined ? [] : ["-b", String(group.sizeBytes)]),
    ...(version.checksSource ? ["--check-source"] : []),
    "--",
    ...addresses,
  ];
}
