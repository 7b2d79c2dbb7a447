import type { Clock } from "./clock.ts";
import { Board, type Order } from "./live/board.ts";
import { clampTop, type Command, KeyReader, nextOrder, nextTop } from "./live/keys.ts";
import { bodyRows, render, type Size } from "./live/render.ts";
import { Screen, type Terminal } from "./live/terminal.ts";
import type { PingResult } from "./result.ts";
import type { Target } from "./target.ts";

export interface LiveOptions {
  readonly targets: readonly Target[];
  readonly terminal: Terminal;
  /** Writes to the terminal. */
  readonly write: (text: string) => void;
  readonly clock: Clock;
  /** Gives the terminal back at once when aborted. */
  readonly signal: AbortSignal;
  /** Default true. */
  readonly color?: boolean;
  /** Results that wait for the recorder. Default none. */
  readonly waiting?: () => number;
}

/** A live view that owns the terminal until it is closed. */
export interface Live {
  add(result: PingResult): void;
  /** Takes another list of targets. */
  update(targets: readonly Target[]): void;
  /** Takes a finished log line: it shows at the bottom, because written to the terminal it would break the picture. */
  log(line: string): void;
  /** Aborts when the user quits. */
  readonly quit: AbortSignal;
  /** True once the terminal is given back: log lines may be written to it again. */
  readonly closed: boolean;
  /** Gives the terminal back. Never throws, and may be called again. */
  close(): Promise<void>;
}

/** From one picture to the next at most, in ms; keys and resizes are drawn at once. */
const REDRAW_MS = 250;
const LOG_LINES = 3;
const SMALLEST: Size = { columns: 80, rows: 24 };

/** Takes the terminal and shows the targets on it. */
export function openLive(options: LiveOptions): Live {
  return new LiveView(options);
}

class LiveView implements Live {
  readonly #board: Board;
  readonly #screen: Screen;
  readonly #over = new AbortController();
  readonly #quit = new AbortController();
  readonly #undo: (() => void)[] = [];
  readonly #running: Promise<unknown>;
  #order: Order = { by: "state", reversed: false };
  #top = 0;
  #drawn: Size | undefined;
  #logLines: readonly string[] = [];

  constructor(private readonly options: LiveOptions) {
    const { targets, terminal, write, signal } = options;
    this.#board = new Board(targets);
    this.#screen = new Screen(write);
    const giveBack = () => this.#giveBack();
    try {
      if (terminal.keys !== undefined) {
        const { keys } = terminal;
        keys.setRaw(true);
        this.#undo.push(() => keys.setRaw(false));
      }
      this.#screen.open();
      this.#undo.push(() => this.#screen.close());
      this.#undo.push(terminal.onResize(() => this.#draw()));
      signal.addEventListener("abort", giveBack, { once: true });
      this.#undo.push(() => signal.removeEventListener("abort", giveBack));
      // A mistake of ours that ends the program must be read on a terminal that works.
      for (const event of ["error", "unhandledrejection"]) {
        addEventListener(event, giveBack);
        this.#undo.push(() => removeEventListener(event, giveBack));
      }
      this.#draw();
    } catch (error) {
      this.#giveBack();
      throw error;
    }
    if (signal.aborted) giveBack();
    this.#running = Promise.all([this.#redraw(), this.#readKeys()]);
    // Told where it is waited for, in `close`; it must not count as unhandled until then.
    this.#running.catch(() => {});
  }

  get quit(): AbortSignal {
    return this.#quit.signal;
  }

  get closed(): boolean {
    return this.#over.signal.aborted;
  }

  add(result: PingResult): void {
    this.#board.add(result);
  }

  update(targets: readonly Target[]): void {
    this.#board.update(targets);
  }

  log(line: string): void {
    this.#logLines = [...this.#logLines, line].slice(-LOG_LINES);
  }

  async close(): Promise<void> {
    this.#giveBack();
    await this.#running.catch(() => {});
  }

  #giveBack(): void {
    // Before the keys end: their stream takes standard input with it, and raw mode could not be left any more.
    for (const undo of this.#undo.splice(0).reverse()) {
      try {
        undo();
      } catch {
        // The terminal is gone: there is nothing to give back.
      }
    }
    this.#over.abort();
  }

  async #redraw(): Promise<void> {
    const { clock } = this.options;
    const { signal } = this.#over;
    while (!signal.aborted) {
      await clock.sleep(REDRAW_MS, signal);
      if (!signal.aborted) this.#draw();
    }
  }

  async #readKeys(): Promise<void> {
    const { keys } = this.options.terminal;
    if (keys === undefined || this.closed) return;
    const reader = new KeyReader();
    for await (const bytes of keys.read(this.#over.signal)) {
      for (const command of reader.read(bytes)) this.#obey(command);
      this.#draw();
    }
  }

  #obey(command: Command): void {
    if (command.do === "quit") {
      this.#giveBack();
      this.#quit.abort();
    } else if (command.do === "sort") {
      this.#order = nextOrder(this.#order, command.by);
      this.#top = 0;
    } else {
      this.#top = nextTop(this.#top, command.to, { rows: bodyRows(this.#size()), total: this.#board.size });
    }
  }

  #size(): Size {
    try {
      const { columns, rows } = this.options.terminal.size();
      // A terminal that does not know its size says 0.
      return { columns: columns || SMALLEST.columns, rows: rows || SMALLEST.rows };
    } catch {
      // Hung up: pinging goes on for whoever reads the recorder.
      return SMALLEST;
    }
  }

  #draw(): void {
    if (this.closed) return;
    const { clock, color = true, waiting = () => 0 } = this.options;
    const size = this.#size();
    if (size.columns !== this.#drawn?.columns || size.rows !== this.#drawn.rows) this.#screen.forget();
    this.#drawn = size;
    this.#top = clampTop(this.#top, { rows: bodyRows(size), total: this.#board.size });
    this.#screen.draw(render(
      {
        targets: this.#board.rows(this.#order),
        counts: this.#board.counts(),
        order: this.#order,
        top: this.#top,
        logLines: this.#logLines,
        waiting: waiting(),
        now: clock.now(),
      },
      size,
      { color },
    ));
  }
}
