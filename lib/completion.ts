import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { zshCompletion } from "./completion/zsh.ts";
import type { HelpTexts } from "./help_texts.ts";

/** The scripts that teach a shell to complete our command lines. */
export const COMPLETIONS: Readonly<Record<string, (texts: HelpTexts) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};
export const SHELLS: readonly string[] = Object.keys(COMPLETIONS);
