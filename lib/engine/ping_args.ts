import { isIPv6 } from "node:net";
import builders from "ping/lib/builder/factory.js";
import type { Target } from "../target.ts";

/** Which `ping` this box has; they take different options. `unknown` gets only what all of them understand. */
export type Flavour = "iputils" | "busybox" | "inetutils" | "bsd" | "windows" | "unknown";

/** An operating system, as `Deno.build.os` names it. */
export type Os = typeof Deno.build.os;

/** A program and what it is given. */
export interface PingCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The program has no option for the timeout: it must be told to stop when the time is over. */
  readonly needsInterrupt: boolean;
}

export interface PingCommandOptions {
  readonly os: Os;
  readonly flavour: Flavour;
  readonly timeoutMs: number;
}

/** The platform by which npm `ping` knows `os`: it has three sets of options, and refuses names that it does not know. */
export function platformOf(os: Os): "win32" | "darwin" | "linux" {
  if (os === "windows") return "win32";
  return os === "darwin" || os === "freebsd" || os === "netbsd" ? "darwin" : "linux";
}

/** The flavour that `os` alone tells, or `undefined` where the program must be asked (`ping -V`). */
export function flavourOfOs(os: Os): Flavour | undefined {
  const platform = platformOf(os);
  return platform === "win32" ? "windows" : platform === "darwin" ? "bsd" : undefined;
}

/** The flavour from what `ping -V` printed on both streams; each of them names itself, some of them as an error. */
export function flavourOfVersion(text: string): Flavour {
  if (/\biputils\b/i.test(text)) return "iputils";
  if (/\bBusyBox\b/i.test(text)) return "busybox";
  return /\binetutils\b/i.test(text) ? "inetutils" : "unknown";
}

/** Whether the options of this probe depend on the flavour: asking costs a process, so most boxes never do. */
export function needsFlavour(target: Target, timeoutMs: number): boolean {
  return timeoutMs % 1000 !== 0 || target.family !== "any" || isIPv6(bare(target.host));
}

/**
 * The command that asks `target` once and waits `timeoutMs` for the answer. Where a program takes whole seconds only the
 * time is rounded up, and the caller judges the RTT that it prints.
 */
export function pingCommand(target: Target, { os, flavour, timeoutMs }: PingCommandOptions): PingCommand {
  const { host, family, sizeBytes = 56 } = target;
  const v6 = family === "ipv6" || isIPv6(bare(host));
  const platform = platformOf(os);
  const separateProgram = v6 && (platform === "darwin" || flavour === "inetutils");
  // Neither ping6 has `-W` (the builder throws when asked for it with v6 on macOS); inetutils' has a deadline instead.
  const needsInterrupt = v6 && platform === "darwin";
  const hasDeadline = v6 && flavour === "inetutils";
  const timeout = timeoutSeconds(timeoutMs, platform, flavour);
  const args: string[] = builders.createBuilder(platform).getCommandArguments(host, {
    numeric: true,
    timeout: needsInterrupt || hasDeadline ? false : timeout,
    ...(hasDeadline ? { deadline: timeout } : {}),
    min_reply: 1,
    v6,
    packetSize: sizeBytes,
    extra: [...familyOption(target, v6, flavour), ...(platform === "win32" ? [] : ["--"])],
  });
  return {
    program: separateProgram ? "ping6" : "ping",
    args: platform === "win32" && family === "any" && !v6 ? args.filter((arg) => arg !== "-4") : args,
    needsInterrupt,
  };
}

function timeoutSeconds(timeoutMs: number, platform: string, flavour: Flavour): number {
  // The builder multiplies by 1000 and prints what comes out, so that 1100 ms must not become 1100.0000000000002.
  if (platform !== "linux") return wholeMs(Math.max(1, Math.ceil(timeoutMs)));
  return flavour === "iputils" ? Math.max(timeoutMs, 1) / 1000 : Math.max(1, Math.ceil(timeoutMs / 1000));
}

function wholeMs(timeoutMs: number): number {
  let ms = timeoutMs;
  while (!Number.isInteger((ms / 1000) * 1000)) ms++;
  return ms / 1000;
}

/** Only iputils and BusyBox have `-4` and `-6` beside what the program's own name says; Windows' are the builder's. */
function familyOption(target: Target, v6: boolean, flavour: Flavour): string[] {
  if (flavour !== "iputils" && flavour !== "busybox") return [];
  if (v6) return ["-6"];
  return target.family === "ipv4" ? ["-4"] : [];
}

/** An address without its zone (`fe80::1%eth0`). */
function bare(host: string): string {
  return host.replace(/%.*$/, "");
}
