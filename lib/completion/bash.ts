import { type HelpTexts, type OptionText, takesFile } from "../help_texts.ts";

/** A completion script for bash 3.2 and later, without the package bash-completion. */
export function bashCompletion(texts: HelpTexts): string {
  const commands = texts.commands.map(({ name }) => name);
  return `# bash completion for ${texts.name}. Load it with: source <(${texts.name} completion bash)
_ping_client() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= words= IFS=$' \\t\\n'
  COMPREPLY=()
  # readline splits --option=value at the equals sign
  if [ "$current" = = ]; then current=
  elif [ "$previous" = = ]; then previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if [ "$COMP_CWORD" -gt 1 ]; then
    case \${COMP_WORDS[1]} in
      ${commands.join("|")}) command=\${COMP_WORDS[1]} ;;
    esac
  fi
  case "$command $previous" in
${valueCases([{ command: "", texts }, ...texts.commands.map((child) => ({ command: child.name, texts: child }))])}
  esac
  case "$command" in
${texts.commands.map((child) => `    ${child.name}) words='${wordsOf(child)}' ;;`).join("\n")}
    *) words='${wordsOf(texts)}'; [ "$COMP_CWORD" -gt 1 ] || words="$words ${commands.join(" ")}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "$command$current" in -*|?*-*) ;; *) COMPREPLY+=($(compgen -A hostname -- "$current")) ;; esac
}
complete -F _ping_client ${texts.name}
`;
}

interface Named {
  readonly command: string;
  readonly texts: HelpTexts;
}

/** What comes after an option that takes a value. */
function valueCases(all: readonly Named[]): string {
  const patterns = (wanted: (option: OptionText) => boolean) =>
    all.flatMap(({ command, texts }) =>
      texts.options.filter((option) => option.value !== undefined && wanted(option))
        .map(({ long }) => `'${command} ${long}'`)
    ).join("|");
  const lines: string[] = [];
  const add = (pattern: string, act: string) => pattern === "" ? undefined : lines.push(`    ${pattern}) ${act} ;;`);
  const lists = new Set(all.flatMap(({ texts }) => texts.options.map(({ values }) => values.join(" "))));
  for (const list of lists) {
    if (list === "") continue;
    add(
      patterns(({ values }) => values.join(" ") === list),
      `COMPREPLY=($(compgen -W '${list}' -- "$current")); return`,
    );
  }
  add(
    patterns((option) => takesFile(option)),
    `IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return`,
  );
  add(patterns((option) => option.values.length === 0 && !takesFile(option)), "return");
  return lines.join("\n");
}

function wordsOf({ options, arguments: given }: HelpTexts): string {
  const names = options.flatMap(({ long, short }) => short === undefined ? [long] : [short, long]);
  return [...names, ...given.flatMap(({ values }) => values)].join(" ");
}
