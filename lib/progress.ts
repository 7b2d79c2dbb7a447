import type { Clock } from "./clock.ts";

/** What a bar shows the progress of. */
export interface Backlog {
  /** Results that wait now. */
  readonly waiting: number;
  /** Results delivered since the start. */
  readonly delivered: number;
  /** The recorder takes none at the moment. */
  readonly away: boolean;
}

export interface ProgressOptions {
  /** Writes to the terminal. */
  readonly write: (text: string) => void;
  /** Columns of the terminal at the moment. */
  readonly columns: () => number;
  readonly clock: Clock;
}

/** Fewer results than this are sent before a person could read a bar. */
const WORTH_A_BAR = 500;
const REDRAW_MS = 200;
const CLEAR = "\r\x1b[K";

/**
 * One line at the bottom of a terminal while results drain that had gathered before the recorder was there. It is
 * redrawn a few times a second, and stands out of the way of log lines.
 */
export class ProgressBar {
  #line = "";
  #drawnAt = -Infinity;
  #gathering = true;
  #began: { readonly delivered: number; readonly at: number } | undefined;

  constructor(private readonly options: ProgressOptions) {}

  /** Draws the bar where a backlog drains, and takes it away where none does. */
  update({ waiting, delivered, away }: Backlog): void {
    const now = this.options.clock.monotonic();
    if (away) {
      this.#gathering = true;
      this.#began = undefined;
    } else if (this.#gathering && (waiting >= WORTH_A_BAR || delivered > 0)) {
      this.#gathering = false;
      this.#began = waiting >= WORTH_A_BAR ? { delivered, at: now } : undefined;
    }
    const began = this.#began;
    if (began === undefined || waiting === 0) {
      this.#began = undefined;
      return this.hide();
    }
    const done = delivered - began.delivered;
    // Not connected yet: a bar that does not move says nothing.
    if (done > 0) this.#draw(barLine({ done, waiting, ms: now - began.at }, this.options.columns()));
  }

  /** Follows `look` until the signal aborts. */
  async follow(look: () => Backlog, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.update(look());
      await this.options.clock.sleep(REDRAW_MS, signal);
    }
    this.hide();
  }

  /** Writes a finished log line above the bar. */
  log(line: string): void {
    const { write, clock } = this.options;
    if (this.#line === "") return write(line);
    // Thousands of lines a second must not each draw a bar: the next `update` brings it back.
    const redraw = clock.monotonic() - this.#drawnAt >= REDRAW_MS / 2;
    write(`${CLEAR}${line}${redraw ? this.#line : ""}`);
    if (redraw) this.#drawnAt = clock.monotonic();
    else this.#line = "";
  }

  hide(): void {
    if (this.#line !== "") this.options.write(CLEAR);
    this.#line = "";
  }

  #draw(line: string): void {
    const now = this.options.clock.monotonic();
    if (now - this.#drawnAt < REDRAW_MS / 2 && this.#line !== "") return;
    this.#drawnAt = now;
    this.#line = line;
    this.options.write(`\r${line}\x1b[K`);
  }
}

/** `sending [████░░░░]  62%  12400 of 20000, 4980/s`, one column narrower than the terminal so that it never wraps. */
function barLine({ done, waiting, ms }: { done: number; waiting: number; ms: number }, columns: number): string {
  const total = done + waiting;
  const rate = ms < 1000 ? "" : `, ${Math.round(done / ms * 1000)}/s`;
  const figures = `${String(Math.floor(done / total * 100)).padStart(3)}%  ${done} of ${total}${rate}`;
  const room = Math.min(40, columns - 1 - "sending [] ".length - figures.length);
  if (room < 5) return `sending ${figures}`.slice(0, Math.max(0, columns - 1));
  const full = Math.floor(done / total * room);
  return `sending [${"█".repeat(full)}${"░".repeat(room - full)}] ${figures}`;
}
