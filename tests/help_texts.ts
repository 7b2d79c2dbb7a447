import { createProgram } from "../lib/cli/program.ts";
import { helpTextsOf } from "../lib/cli/help_texts.ts";
import type { HelpTexts } from "../lib/help_texts.ts";

/** The program's own help texts. */
export function ownTexts(): HelpTexts {
  const io = {
    args: [],
    out() {},
    err() {},
    readStdin: () => Promise.resolve(""),
    stop: new AbortController().signal,
  };
  return helpTextsOf(createProgram(io, () => {}), { examples: "Examples:\n  ping-client .x \\y" });
}

/** The program and its commands. */
export function allTexts(): HelpTexts[] {
  const program = ownTexts();
  return [program, ...program.commands];
}

/** What `ping-client ARGS` prints, by the program itself. */
export async function printed(...args: string[]): Promise<string> {
  const { runCli } = await import("../lib/cli.ts");
  let out = "";
  const io = { args, out: (text: string) => void (out += text), err() {}, stop: new AbortController().signal };
  const code = await runCli({ ...io, readStdin: () => Promise.resolve("") });
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}`);
  return out;
}
