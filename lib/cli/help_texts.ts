import type { Command, Option } from "commander";
import { COLORS } from "../config.ts";
import { ENGINE_NAMES } from "../engine.ts";
import type { HelpTexts, OptionText } from "../help_texts.ts";
import { LOG_LEVELS } from "../log.ts";
import { EXIT_MEANINGS } from "./io.ts";

/** The words that options take, by the option. Checked by the schema; here for completion. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "--engine": ENGINE_NAMES,
  "--late": ["send", "drop"],
  "--color": COLORS,
  "--log": ["text", "json"],
  "--log-level": LOG_LEVELS,
};

/** Reads the texts out of a program. */
export function helpTextsOf(program: Command, { examples = "" }: { readonly examples?: string } = {}): HelpTexts {
  return textsOf(program, { version: program.version() ?? "", examples });
}

function textsOf(
  command: Command,
  { version, examples }: { readonly version: string; readonly examples: string },
): HelpTexts {
  const help = command.createHelp();
  return {
    name: command.name(),
    version,
    about: command.description(),
    usage: command.usage(),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      about: argument.description,
      values: argument.argChoices ?? [],
    })),
    options: help.visibleOptions(command).map(optionText),
    commands: command.commands.map((child) => textsOf(child, { version, examples: "" })),
    examples,
    exitCodes: Object.entries(EXIT_MEANINGS).map(([code, meaning]) => ({ code: Number(code), meaning })),
  };
}

function optionText({ long, short, flags, description }: Option): OptionText {
  const value = /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1];
  return {
    long: long ?? "",
    ...(short === undefined ? {} : { short }),
    ...(value === undefined ? {} : { value }),
    about: description,
    values: VALUES[long ?? ""] ?? [],
  };
}
