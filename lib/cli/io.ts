import type { Terminal } from "../live/terminal.ts";

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
  /** The terminal around the process. Default: none, output goes to files and pipes. */
  readonly terminal?: Terminal;
}

/** The exit codes. */
export const EXIT = {
  ok: 0,
  unanswered: 1,
  usage: 2,
  missingProgram: 3,
  cannotListen: 4,
  mistake: 70,
} as const;

/** What each exit code means, for the manual page. README lists the same. */
export const EXIT_MEANINGS: Readonly<Record<(typeof EXIT)[keyof typeof EXIT], string>> = {
  0: "a clean end",
  1: "--once: a target did not answer; check: something must be mended",
  2: "the command line, a list, the config file or a permission must be mended: one line for each says what and how",
  3: "the ping program is missing: one line names the package",
  4: "the recorder can't listen on its address: in use, not this box's, a port that needs a privilege",
  70: "a mistake in ping-client itself",
};
