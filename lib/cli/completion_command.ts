import { COMPLETIONS, SHELLS } from "../completion.ts";
import { UsageError } from "../config.ts";
import type { HelpTexts } from "../help_texts.ts";
import { type CliIo, EXIT } from "./io.ts";

/** `ping-client completion SHELL`: prints a script that teaches the shell our options. */
export function completionCommand(shell: string, texts: HelpTexts, io: CliIo): number {
  const make = Object.hasOwn(COMPLETIONS, shell) ? COMPLETIONS[shell] : undefined;
  if (make === undefined) {
    throw new UsageError(`Cannot complete for the shell '${shell}': it must be one of ${SHELLS.join(", ")}`);
  }
  io.out(make(texts));
  return EXIT.ok;
}
