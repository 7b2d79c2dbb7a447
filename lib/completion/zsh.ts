import { type ArgumentText, type HelpTexts, type OptionText, takesFile } from "../help_texts.ts";

/** A completion script for zsh: to be sourced, or put as `_ping-client` into a folder of `$fpath`. */
export function zshCompletion(texts: HelpTexts): string {
  const commands = texts.commands.map(({ name, about }) => quoted(`${name}:${about}`));
  return `#compdef ${texts.name}
# zsh completion for ${texts.name}. Load it with: source <(${texts.name} completion zsh)
_ping_client() {
  local -a commands=(
    ${commands.join("\n    ")}
  )
  case $CURRENT:$words[2] in
    2:*) ;;
${texts.commands.map((child) => commandCase(child)).join("\n")}
  esac
  _arguments -s \\
    ${[...specs(texts), "'1: :->first'", "'*: :_hosts'"].join(" \\\n    ")}
  if [[ $state = first ]]; then
    _describe -t commands command commands
    _hosts
  fi
}
if [ "$funcstack[1]" = _ping_client ]; then _ping_client "$@"; else compdef _ping_client ${texts.name}; fi
`;
}

function commandCase(texts: HelpTexts): string {
  const given = texts.arguments.map(argumentSpec);
  return `    *:${texts.name})
      shift words
      (( CURRENT-- ))
      _arguments -s \\
        ${[...specs(texts), ...given].join(" \\\n        ")}
      return
      ;;`;
}

function specs({ options }: HelpTexts): string[] {
  return options.flatMap((option) =>
    [option.long, option.short].filter((name) => name !== undefined).map((name) => spec(name, option))
  );
}

function spec(name: string, option: OptionText): string {
  const { value, values, about } = option;
  // A long option's value may follow an equals sign or come as the next word.
  const flag = `${name}${value !== undefined && name.startsWith("--") ? "=" : ""}[${escaped(about)}]`;
  if (value === undefined) return quoted(flag);
  const action = takesFile(option) ? "_files" : values.length > 0 ? `(${values.join(" ")})` : " ";
  return quoted(`${flag}:${escaped(value)}:${action}`);
}

function argumentSpec({ name, values }: ArgumentText): string {
  return quoted(`1:${escaped(name)}:(${values.join(" ")})`);
}

function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, (character) => `\\${character}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
