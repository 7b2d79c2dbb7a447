import { run } from "../lib/engine/command.ts";
import { eventually } from "./process.ts";

/** A real terminal: a window of a tmux server of the test's own. */
export interface TestTerminal {
  /** What it shows, a line each, spaces at the ends cut. */
  shown(): Promise<string>;
  /** Waits until it shows a match. */
  until(pattern: RegExp): Promise<string>;
  /** Presses keys, by tmux's names for them (`q`, `C-c`, `NPage`). */
  press(...keys: string[]): Promise<void>;
  /** Types text as it stands. */
  type(text: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Asks tmux: `#{cursor_flag}`. */
  ask(format: string): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

let count = 0;

/** Whether tmux is here. */
export async function hasTmux(): Promise<boolean> {
  return await run("sh", ["-c", "command -v tmux"], { killAfterMs: 5000 }).then(({ code }) => code === 0);
}

/** Opens a terminal that runs a shell command line. */
export async function openTerminal(
  command: string,
  { columns = 80, rows = 24 }: { columns?: number; rows?: number } = {},
): Promise<TestTerminal> {
  const socket = `pc${Deno.pid}-${++count}`;
  const tmux = async (...args: string[]) => {
    const { code, stdout, stderr } = await run("tmux", ["-L", socket, "-f", "/dev/null", ...args], {
      killAfterMs: 10_000,
    });
    if (code !== 0) throw new Error(`tmux ${args[0]}: ${stderr.trim()}`);
    return stdout;
  };
  const shown = () => tmux("capture-pane", "-p");
  const utf8 = `export LC_ALL=C.UTF-8; ${command}`;
  // The server forks away from the test, so that it ends only by kill-server.
  await tmux("-u", "new-session", "-d", "-x", String(columns), "-y", String(rows), utf8);
  return {
    shown,
    async until(pattern) {
      let last = "";
      try {
        return await eventually(async () => pattern.test(last = await shown()) ? last : undefined);
      } catch (error) {
        throw new Error(`the terminal never showed ${pattern}, but\n${last}`, { cause: error });
      }
    },
    press: async (...keys) => void await tmux("send-keys", ...keys),
    type: async (text) => void await tmux("send-keys", "-l", text),
    resize: async (columns, rows) => void await tmux("resize-window", "-x", String(columns), "-y", String(rows)),
    ask: async (format) => (await tmux("display-message", "-p", format)).trim(),
    [Symbol.asyncDispose]: async () => void await tmux("kill-server").catch(() => {}),
  };
}

/** A command line as a shell takes it. */
export function shellWords(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
