/** What a command line offers, as plain data: help, completion and manual page are made from the same texts. */
export interface HelpTexts {
  readonly name: string;
  readonly version: string;
  readonly about: string;
  readonly usage: string;
  readonly arguments: readonly ArgumentText[];
  readonly options: readonly OptionText[];
  readonly commands: readonly HelpTexts[];
  /** What follows the options in the help: a title, then an example a line. */
  readonly examples: string;
  readonly exitCodes: readonly { readonly code: number; readonly meaning: string }[];
}

export interface ArgumentText {
  readonly name: string;
  readonly about: string;
  /** The only values it takes; none where it takes any. */
  readonly values: readonly string[];
}

export interface OptionText {
  /** `--interval`. */
  readonly long: string;
  /** `-4`. */
  readonly short?: string;
  /** What its value is called (`seconds`); undefined where it takes none. */
  readonly value?: string;
  readonly about: string;
  /** The values it takes, as far as they are words; none for a number, an address. */
  readonly values: readonly string[];
}

/** Its value is the name of a file. */
export function takesFile({ value }: OptionText): boolean {
  return value === "file";
}
