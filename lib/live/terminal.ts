import type { Size } from "./render.ts";

/** The terminal around the process, as far as there is one; `main.ts` gives the real one. */
export interface Terminal {
  /** Standard output is a terminal. */
  readonly out: boolean;
  /** Standard error is a terminal. */
  readonly err: boolean;
  /** @throws where none of the streams is a terminal */
  size(): Size;
  /** Calls `listener` when the size changed; returns how to stop that. */
  onResize(listener: () => void): () => void;
  /** Keys, where standard input is a terminal. */
  readonly keys?: Keys;
}

export interface Keys {
  /** Raw: each key comes at once, is not shown, and Ctrl-C is a key. */
  setRaw(raw: boolean): void;
  /** Bytes as they are typed, until the signal aborts. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Alternate screen, no cursor, no wrapping: a line that a terminal finds too wide must not push the others down. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J";
const LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

/** Draws pictures on a terminal and gives it back as it was. */
export class Screen {
  #last: readonly string[] = [];
  #open = false;

  constructor(private readonly write: (text: string) => void) {}

  open(): void {
    this.#open = true;
    this.write(ENTER);
  }

  /** Draws what changed since the last picture. */
  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    let text = "";
    for (const [index, line] of lines.entries()) {
      if (line !== this.#last[index]) text += `\x1b[${index + 1};1H${line}\x1b[0m\x1b[K`;
    }
    this.#last = lines;
    // Synchronised, where the terminal can: no half-drawn picture.
    if (text !== "") this.write(`\x1b[?2026h${text}\x1b[?2026l`);
  }

  /** The next picture is drawn whole: a terminal that changed its size has moved lines about. */
  forget(): void {
    this.#last = [];
    if (this.#open) this.write("\x1b[2J");
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.write(LEAVE);
  }
}
