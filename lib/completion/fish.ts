import { type HelpTexts, type OptionText, takesFile } from "../help_texts.ts";

/** A completion script for fish 3. */
export function fishCompletion(texts: HelpTexts): string {
  const names = texts.commands.map(({ name }) => name).join(" ");
  const lines = [
    `# fish completion for ${texts.name}. Load it with: ${texts.name} completion fish | source`,
    `complete -c ${texts.name} -f`,
    ...linesOf(texts, { program: texts.name, when: `not __fish_seen_subcommand_from ${names}` }),
    `complete -c ${texts.name} -n ${quoted(`not __fish_seen_subcommand_from ${names}`)} -a '(__fish_print_hostnames)'`,
    ...texts.commands.flatMap((child) => [
      `complete -c ${texts.name} -n __fish_use_subcommand -a ${child.name} -d ${quoted(child.about)}`,
      ...linesOf(child, { program: texts.name, when: `__fish_seen_subcommand_from ${child.name}` }),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function linesOf(texts: HelpTexts, { program, when }: { program: string; when: string }): string[] {
  const begin = `complete -c ${program} -n ${quoted(when)}`;
  const values = texts.arguments.flatMap(({ values }) => values);
  return [
    ...texts.options.map((option) => `${begin} ${optionOf(option)}`),
    ...(values.length > 0 ? [`${begin} -a ${quoted(values.join(" "))}`] : []),
  ];
}

function optionOf(option: OptionText): string {
  const { long, short, value, values, about } = option;
  const names = `-l ${long.slice(2)}${short === undefined ? "" : ` -s ${short.slice(1)}`}`;
  const takes = value === undefined
    ? ""
    : takesFile(option)
    ? " -r -F"
    : values.length > 0
    ? ` -x -a ${quoted(values.join(" "))}`
    : " -x";
  return `${names}${takes} -d ${quoted(about)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
