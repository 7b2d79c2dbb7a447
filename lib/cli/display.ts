import type { Clock } from "../clock.ts";
import { type Color, UsageError } from "../config.ts";
import type { Drain } from "../drain.ts";
import { type Live, openLive } from "../live.ts";
import type { Outbox } from "../outbox.ts";
import { ProgressBar } from "../progress.ts";
import type { PingResult } from "../result.ts";
import type { Target } from "../target.ts";
import type { CliIo } from "./io.ts";

export interface DisplayOptions {
  readonly color: Color;
  readonly live: boolean;
  readonly clock: Clock;
}

/** Everything that shares the terminal: log lines, the live view, the progress bar. Each keeps out of the others' way. */
export class Display {
  readonly #over = new AbortController();
  readonly #bar: ProgressBar | undefined;
  #live: Live | undefined;
  #following: Promise<void> | undefined;

  /** @throws {UsageError} where a live view is asked for and standard output is no terminal */
  constructor(private readonly io: CliIo, private readonly options: DisplayOptions) {
    const { terminal } = io;
    if (options.live && terminal?.out !== true) {
      throw new UsageError("option --live needs a terminal: standard output is none (see --log json for machines)");
    }
    if (terminal?.err === true && !options.live) {
      this.#bar = new ProgressBar({ write: io.err, columns: () => columnsOf(io), clock: options.clock });
    }
  }

  /** Takes a finished log line. */
  readonly write = (line: string): void => {
    if (this.#live !== undefined && !this.#live.closed) return this.#live.log(line);
    if (this.#bar !== undefined) return this.#bar.log(line);
    this.io.err(line);
  };

  /** Opens the live view, where it is asked for. */
  open(targets: readonly Target[], outbox: Outbox): void {
    const { io, options: { live, color, clock } } = this;
    const { terminal } = io;
    if (!live || terminal === undefined) return;
    this.#live = openLive({
      targets,
      terminal,
      write: io.out,
      clock,
      signal: io.stop,
      color: color !== "never",
      waiting: () => outbox.size,
    });
  }

  /** Aborts when the program is told to stop, by a key of the live view too. */
  get stop(): AbortSignal {
    return this.#live === undefined ? this.io.stop : AbortSignal.any([this.io.stop, this.#live.quit]);
  }

  update(targets: readonly Target[]): void {
    this.#live?.update(targets);
  }

  add(result: PingResult): void {
    this.#live?.add(result);
  }

  /** Shows how a backlog drains. */
  follow(drain: Drain, outbox: Outbox): void {
    const look = () => ({
      waiting: outbox.size,
      delivered: drain.counts.delivered,
      away: drain.away !== undefined,
    });
    this.#following = this.#bar?.follow(look, this.#over.signal);
  }

  /** Gives the terminal back. */
  async close(): Promise<void> {
    this.#over.abort();
    await Promise.all([this.#live?.close(), this.#following]);
  }
}

/** Whether log lines have colours. */
export function colorsLog(color: Color, io: CliIo): boolean {
  return color === "always" || (color === "auto" && io.terminal?.err === true);
}

function columnsOf({ terminal }: CliIo): number {
  try {
    return terminal?.size().columns || 80;
  } catch {
    return 80;
  }
}
