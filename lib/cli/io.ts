/** What a command line touches of the process around it; a parameter, so that tests run commands without one. */
export interface CliIo {
  /** The words after the program's name. */
  readonly args: readonly string[];
  /** Standard output: tables, help. */
  readonly out: (text: string) => void;
  /** Standard error: the log and one line for each mistake. */
  readonly err: (text: string) => void;
  /** Reads standard input to its end. */
  readonly readStdin: () => Promise<string>;
  /** Aborts when the user or the system asks the program to stop. */
  readonly stop: AbortSignal;
  /**
   * Calls `listener` each time the system asks the program to read its configuration again (SIGHUP), until what it
   * returns is called. Until then, such a request ends the program as it does any other. Default: never.
   */
  readonly onReload?: (listener: () => void) => () => void;
}

/** What the exit codes mean. README lists the same. */
export const EXIT = {
  /** A clean end. */
  ok: 0,
  /** `--once`: a target did not answer. `check`: something must be mended. */
  unanswered: 1,
  /** Something in the command line, a file or a permission must be mended. */
  usage: 2,
  /** The ping program is not on this box. */
  missingProgram: 3,
  /** The recorder's address is in use or not this box's. */
  cannotListen: 4,
  /** A mistake in ping-client itself. */
  mistake: 70,
} as const;
