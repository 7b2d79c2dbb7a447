import type { Outcome } from "../result.ts";
import type { Finished } from "./command.ts";
import { type Os, platformOf } from "./ping_args.ts";
import { readUnix } from "./ping_output_unix.ts";
import { readWindows } from "./ping_output_windows.ts";

/** What was asked, as far as it takes to judge the answer. */
export interface Asked {
  /** The host as it was given to the program. */
  readonly host: string;
  readonly timeoutMs: number;
  readonly os: Os;
}

/** Only what `Finished` tells of the program's end that matters here. */
export type Ended = Pick<Finished, "code" | "stdout" | "stderr" | "killed" | "flooded">;

/**
 * What one run of a ping program says: `reply`, `lost` where it was asked and not answered in time (or answered
 * "unreachable"), `failed` where it was not measured. Never throws, whatever the text.
 */
export function readPing(ended: Ended, asked: Asked): Outcome {
  // A ping prints some hundred bytes for one probe: what floods is another program, and nothing in it is believed.
  if (ended.flooded) return { outcome: "failed", cause: "no-engine" };
  const outcome = platformOf(asked.os) === "win32" ? readWindows(ended, asked) : readUnix(ended, asked);
  if (outcome.outcome !== "reply" || outcome.rttMs <= asked.timeoutMs) return outcome;
  // Programs that wait whole seconds also print answers that came after the time was over.
  return { outcome: "lost", cause: "timeout" };
}

/**
 * The program may not open a socket: something to tell whoever runs this box, once. Not being allowed to send
 * (`sendto: Permission denied`) is a firewall's doing, and its owner knows.
 */
export function isDenied({ stdout, stderr }: Pick<Finished, "stdout" | "stderr">): boolean {
  return DENIED.test(`${stdout}\n${stderr}`);
}

const DENIED =
  /socket.{0,40}(?:not permitted|denied)|are you root|must be root|run as root|cap_net_raw|lacking privilege|failed to execute/i;
