import type { Clock } from "./clock.ts";
import { MissingProgramError, type Run, run as systemRun } from "./engine/command.ts";
import type { Log } from "./log.ts";

export interface SystemdOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly run?: Run;
  /** From one sign of life to the next, in ms. Default 20,000: a third of `WatchdogSec=60` in our unit. */
  readonly everyMs?: number;
}

/** Speaks to the service manager that started this process. */
export interface Systemd {
  /** Says nothing more. */
  close(): Promise<void>;
}

const KILL_AFTER_MS = 10_000;

/**
 * Says `READY=1` at once and `WATCHDOG=1` every 20 s after that. The socket's name stands in the
 * environment, which this program may not read, and a datagram socket needs a permission that it does not have: the
 * program `systemd-notify` inherits the one and opens the other (with `NotifyAccess=all` in the unit). Source:
 * sd_notify(3), systemd-notify(1).
 *
 * The sign of life comes from the loop that also pings and delivers: where that stands still, so does this.
 */
export function startSystemd({ clock, log, run = systemRun, everyMs = 20_000 }: SystemdOptions): Systemd {
  const over = new AbortController();
  let works = true;

  async function say(...words: string[]): Promise<void> {
    if (!works) return;
    const reason = await notify(run, words);
    if (reason === undefined) return;
    works = false;
    log.warn("cannot tell systemd: {reason}; it is not told again", { reason });
  }

  async function tell(): Promise<void> {
    await say("--ready", "--status=pinging");
    while (works && !over.signal.aborted) {
      await clock.sleep(everyMs, over.signal);
      if (!over.signal.aborted) await say("WATCHDOG=1");
    }
  }

  const running = tell();
  return {
    async close() {
      over.abort();
      await running;
    },
  };
}

/** @returns why it did not work, or undefined where it did */
async function notify(run: Run, words: readonly string[]): Promise<string | undefined> {
  try {
    const { code, stderr, killed } = await run("systemd-notify", words, { killAfterMs: KILL_AFTER_MS });
    if (code === 0) return undefined;
    if (killed) return "systemd-notify does not end";
    return stderr.trim().split("\n")[0] || `systemd-notify ends with ${code}: was it started by systemd?`;
  } catch (error) {
    if (error instanceof MissingProgramError) return error.message;
    throw error;
  }
}
