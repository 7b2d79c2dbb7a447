import { CommanderError } from "commander";
import { type CliIo, EXIT } from "./cli/io.ts";
import { createProgram } from "./cli/program.ts";
import { UsageError } from "./config.ts";
import { ConfigError } from "./config/problem.ts";
import { MissingProgramError } from "./engine/command.ts";
import { CannotListenError } from "./recorder/serve.ts";

/**
 * Runs one command line from its words to its exit code. Whatever goes wrong is one line on standard error; only a
 * mistake in this program itself gets exit code 70.
 */
export async function runCli(io: CliIo): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram(io, (result) => code = result);
  try {
    await program.parseAsync([...io.args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    for (const line of linesOf(error)) io.err(`ping-client: ${line}\n`);
    return codeOf(error);
  }
}

/** A config file is mended in one go: each of its mistakes has a line. */
function linesOf(error: unknown): readonly string[] {
  return error instanceof ConfigError ? error.lines : [lineOf(error)];
}

function lineOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ").replace("(Did you mean", "(did you mean");
  return isExpected(error) ? line : `this is a mistake in ping-client itself, please report it: ${line}`;
}

function codeOf(error: unknown): number {
  if (error instanceof CommanderError || error instanceof UsageError) return EXIT.usage;
  if (error instanceof MissingProgramError) return EXIT.missingProgram;
  if (error instanceof CannotListenError) return EXIT.cannotListen;
  return EXIT.mistake;
}

function isExpected(error: unknown): boolean {
  return codeOf(error) !== EXIT.mistake;
}
