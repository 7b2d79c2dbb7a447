import type { Order, Sort } from "./board.ts";

/** What a key asks for. */
export type Command =
  | { readonly do: "quit" }
  | { readonly do: "sort"; readonly by: Sort }
  | { readonly do: "scroll"; readonly to: "up" | "down" | "pageUp" | "pageDown" | "home" | "end" };

const scroll = (to: (Command & { do: "scroll" })["to"]): Command => ({ do: "scroll", to });
const sort = (by: Sort): Command => ({ do: "sort", by });

/** Keys as terminals send them: letters, and the sequences of xterm, VT220, rxvt and the Linux console. */
const KEYS: Readonly<Record<string, Command>> = {
  "q": { do: "quit" },
  "\x03": { do: "quit" },
  "s": sort("state"),
  "n": sort("name"),
  "l": sort("last"),
  "m": sort("median"),
  "o": sort("loss"),
  "k": scroll("up"),
  "\x1b[A": scroll("up"),
  "\x1bOA": scroll("up"),
  "j": scroll("down"),
  "\x1b[B": scroll("down"),
  "\x1bOB": scroll("down"),
  "\x1b[5~": scroll("pageUp"),
  "\x1b[6~": scroll("pageDown"),
  " ": scroll("pageDown"),
  "g": scroll("home"),
  "\x1b[H": scroll("home"),
  "\x1bOH": scroll("home"),
  "\x1b[1~": scroll("home"),
  "\x1b[7~": scroll("home"),
  "G": scroll("end"),
  "\x1b[F": scroll("end"),
  "\x1bOF": scroll("end"),
  "\x1b[4~": scroll("end"),
  "\x1b[8~": scroll("end"),
};

// deno-lint-ignore no-control-regex -- a key is a control sequence
const ONE_KEY = /^(?:\x1b\[[\d;]*[ -/]*[@-~]|\x1bO[@-~]|\x1b[^[O]|[^\x1b])/u;

/** Turns bytes from a terminal into commands; a sequence that comes in pieces is put together. */
export class KeyReader {
  readonly #decoder = new TextDecoder();
  #rest = "";

  read(bytes: Uint8Array): Command[] {
    let text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    const commands: Command[] = [];
    for (let match = ONE_KEY.exec(text); match !== null; match = ONE_KEY.exec(text)) {
      const command = KEYS[match[0]];
      if (command !== undefined) commands.push(command);
      text = text.slice(match[0].length);
    }
    // No sequence is longer: what is left of one that never ends must not hold up the keys after it.
    this.#rest = text.length > 32 ? "" : text;
    return commands;
  }
}

/** The order after a sort key: the same key again turns it round. */
export function nextOrder({ by, reversed }: Order, wanted: Sort): Order {
  return { by: wanted, reversed: by === wanted && !reversed };
}

/** The first row shown after scrolling. */
export function nextTop(
  top: number,
  to: (Command & { do: "scroll" })["to"],
  { rows, total }: { readonly rows: number; readonly total: number },
): number {
  const page = Math.max(1, rows - 1);
  const wanted = { up: top - 1, down: top + 1, pageUp: top - page, pageDown: top + page, home: 0, end: total }[to];
  return clampTop(wanted, { rows, total });
}

/** The nearest first row that leaves no empty rows which could show a target. */
export function clampTop(top: number, { rows, total }: { readonly rows: number; readonly total: number }): number {
  return Math.max(0, Math.min(top, total - rows));
}
