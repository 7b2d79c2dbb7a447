import type { HelpTexts, OptionText } from "../help_texts.ts";

/** The manual page in roff, for the macros of man(7). */
export function manPage(texts: HelpTexts): string {
  const { name, version, about, usage, commands, examples, exitCodes } = texts;
  const lines = [
    `.\\" Made by: ${name} assets man`,
    `.TH ${name.toUpperCase()} 1 "" "${name} ${escaped(version)}" "User Commands"`,
    ".SH NAME",
    `${escaped(name)} \\- ${escaped(lowerFirst(about.split(/[.;]/)[0] ?? about))}`,
    ".SH SYNOPSIS",
    `.B ${escaped(name)}`,
    escaped(usage),
    ...commands.flatMap((child) => [".br", `.B ${escaped(`${name} ${child.name}`)}`, escaped(child.usage)]),
    ".SH DESCRIPTION",
    ...filled(about),
    ".SH OPTIONS",
    ...texts.arguments.flatMap((given) => [".TP", `.I ${escaped(given.name)}`, ...filled(given.about)]),
    ...texts.options.flatMap(optionLines),
    ".SH COMMANDS",
    ...commands.flatMap((child) => commandLines(name, child)),
    ".SH EXIT STATUS",
    ...exitCodes.flatMap(({ code, meaning }) => [".TP", `.B ${code}`, ...filled(meaning)]),
    ".SH EXAMPLES",
    ".EX",
    ...examples.trim().split("\n").slice(1).map((line) => escaped(line.trim())),
    ".EE",
  ];
  return `${lines.join("\n")}\n`;
}

function commandLines(name: string, child: HelpTexts): string[] {
  return [
    `.SS ${escaped(`${name} ${child.name}`)}`,
    ...filled(`${child.about.replace(/^./, (first) => first.toUpperCase())}.`),
    ...child.arguments.flatMap((given) => [".TP", `.I ${escaped(given.name)}`, ...filled(valuesOf(given))]),
    ...child.options.flatMap(optionLines),
  ];
}

function valuesOf({ about, values }: HelpTexts["arguments"][number]): string {
  return [about, values.join(", ")].filter((text) => text !== "").join(": ");
}

function optionLines({ long, short, value, about }: OptionText): string[] {
  const names = [short, long].filter((name) => name !== undefined).map((name) => `\\fB${escaped(name)}\\fR`);
  return [".TP", `${names.join(", ")}${value === undefined ? "" : ` \\fI${escaped(value)}\\fR`}`, ...filled(about)];
}

/** Text that flows, in source lines that a person can read. */
function filled(text: string): string[] {
  return (text.match(/\S.{0,66}(?=\s|$)|\S+/g) ?? []).map(escaped);
}

/** Keeps roff from reading our text as its own: backslashes, minus signs, a dot or an apostrophe that begins a line. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/, "\\&$&");
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
