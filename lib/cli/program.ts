import { Argument, Command, Option } from "commander";
import about from "../../deno.json" with { type: "json" };
import { ASSETS } from "../assets.ts";
import { SHELLS } from "../completion.ts";
import { LOG_LEVELS } from "../log.ts";
import { addCheckCommand } from "./check_command.ts";
import { assetsCommand, assetsHelp } from "./assets_command.ts";
import { completionCommand } from "./completion_command.ts";
import { helpTextsOf } from "./help_texts.ts";
import type { CliIo } from "./io.ts";
import { copyCommand } from "./copy_command.ts";
import { pingCommand } from "./ping_command.ts";
import { recorderCommand } from "./recorder_command.ts";
import { addSchemaCommand } from "./schema_command.ts";

/** Commands, options and help. `done` takes the exit code of the command that ran. */
export function createProgram(io: CliIo, done: (code: number) => void): Command {
  const program = new Command("ping-client")
    .usage("[options] [HOST | NAME=HOST]...")
    .description("Pings every target for ever and posts each latency to a recorder; hosts one where none runs.")
    .version(about.version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    // Both commands have a --token-file: an option belongs to the command that it stands behind.
    .enablePositionalOptions()
    .argument(
      "[target...]",
      "HOST or NAME=HOST: an IPv4 address, an IPv6 address, a host name, or a block such as 192.0.2.0/28 (default: 127.0.0.1)",
    )
    .option(
      "--recorder <url>",
      "where results go; more than one: the next while one is away (default: http://localhost:5001, hosted here if nothing is there)",
      (url: string, before: readonly string[] = []) => [...before, url],
    )
    .option("--client <id>", "what this box is called there (default: client1)")
    .option("--interval <seconds>", "from one round to the next, at least 0.2 (default: 10)")
    .option("--timeout <seconds>", "how long an answer may take (default: 2, at most the interval)")
    .option(
      "--engine <name>",
      "auto, ping or fping (default: auto: fping where it is installed, for more than 50 targets)",
    )
    .option("--concurrency <n>", "most ping processes at once (default: 32)")
    .option("--spool <file>", "results wait in this file and survive a crash (needs start:disk; default: in memory)")
    .option("--max-queue <n>", "most results that wait (default: 100000 in memory, 5000000 on disk)")
    .option("--drain-rate <n>", "most results of a backlog a second, 0 is no bound (default: 5000)")
    .option("--late <what>", "send or drop late results where the recorder stamps on arrival (default: send)")
    .option("--token-file <file>", "holds the token for the recorder; - is standard input")
    .option("--metrics <addr:port>", "serve /metrics, /healthz and /readyz there (default: nowhere)")
    .option("--targets <file>", "a list of targets, one a line, # begins a comment; - is standard input")
    .option("--config <file>", "YAML or JSON with any of these settings and the targets; - is standard input")
    .option("--watch", "read the config file and the list again when they change (SIGHUP does so at any time)")
    .option("--rounds <n>", "stop after n rounds")
    .option("--once", "ping one round, print a table, exit 1 if any target did not answer")
    .option("--json", "with --once: print JSON")
    .option("--live", "show a table that redraws: keys sort, scroll and quit")
    .addOption(
      new Option("--notify <url>", "post alerts there, repeatable; ntfy:, slack: or discord: before it sets the form")
        .argParser((url: string, given: readonly string[] = []) => [...given, url]),
    )
    .option("--notify-after <n>", "rounds without an answer until a target is down, or with one until up (default: 3)")
    .option("--notify-loss <percent>", "loss over 20 rounds that is told (default: 20)")
    .option("--systemd", "tell systemd when it is ready and that it is alive, as the unit of 'assets systemd' asks")
    .addOption(new Option("-4, --ipv4", "ping IPv4 addresses only").conflicts("ipv6"))
    .addOption(new Option("-6, --ipv6", "ping IPv6 addresses only"))
    .action(async (targets: string[], options: Record<string, unknown>) =>
      done(await pingCommand(targets, options, io))
    );
  addLogOptions(program);
  program.addHelpText("after", EXAMPLES);

  const recorder = program.command("recorder")
    .description("run a recorder alone")
    .helpOption("-h, --help", "print this help")
    .option("--listen <addr:port>", "where it listens (default: 127.0.0.1:5001)")
    .option("--db <file>", "keep the history in this SQLite file, or in postgres://user@host/db (default: in memory)")
    .option("--db-password-file <file>", "holds the password for PostgreSQL; - is standard input")
    .option("--retention <list>", "how long: raw=7d,1m=90d,1h=2y (default with --db)")
    .option("--token-file <file>", "who may write: TOKEN or CLIENT: TOKEN a line; - is standard input")
    .option("--read-token-file <file>", "who may read, the page too: a TOKEN a line; - is standard input")
    .option("--tls-cert <file>", "certificate chain in PEM: then HTTPS")
    .option("--tls-key <file>", "its private key in PEM")
    .action(async (options: Record<string, unknown>) => done(await recorderCommand(options, io)));
  addLogOptions(recorder);
  recorder.enablePositionalOptions();
  const copy = recorder.command("copy")
    .description("copy a history from SQLite into PostgreSQL; what was broken off goes on when it is run again")
    .helpOption("-h, --help", "print this help")
    .requiredOption("--from <file>", "the SQLite file of a recorder that has stopped")
    .requiredOption("--to <url>", "postgres://user@host/database")
    .option("--db-password-file <file>", "holds the password for PostgreSQL; - is standard input")
    .action(async (options: Record<string, unknown>) => done(await copyCommand(options, io)));

  const check = addCheckCommand(program, io, done);
  const schema = addSchemaCommand(program, io, done);

  const completion = program.command("completion")
    .description("print a script that completes command lines in a shell")
    .helpOption("-h, --help", "print this help")
    .addArgument(oneOf("<shell>", "the shell", SHELLS))
    .action((shell: string) => done(completionCommand(shell, helpTextsOf(program, { examples: EXAMPLES }), io)));

  const assets = program.command("assets")
    .description("print a text that other programs use")
    .helpOption("-h, --help", "print this help")
    .addArgument(oneOf("<name>", "which", Object.keys(ASSETS)))
    .addHelpText("after", assetsHelp())
    .action((name: string) => done(assetsCommand(name, helpTextsOf(program, { examples: EXAMPLES }), io)));

  for (const command of [program, recorder, copy, completion, assets, check, schema]) quieten(command, io);
  return program;
}

const EXAMPLES = `
Examples:
  ping-client                                     ping 127.0.0.1, look at http://localhost:5001/
  ping-client router=192.0.2.1 2001:db8::1        two targets, one with a name
  ping-client --targets hosts.txt --interval 5    a list of targets, each every 5 s
  ping-client --once router=192.0.2.1             one round, as a table
  ping-client recorder --listen 127.0.0.1:5001    only the recorder`;

/** An argument that takes one of these words. The command checks it and says so in its own line; help and completion ask. */
function oneOf(flags: string, about: string, words: readonly string[]): Argument {
  const argument = new Argument(flags, about);
  argument.argChoices = [...words];
  return argument;
}

function addLogOptions(command: Command): void {
  command
    .option("--log <format>", "text for people or json for machines (default: text)")
    .option("--color <when>", "colours: auto (on a terminal), always or never (default: auto)")
    .option("--log-level <level>", `the least that is said: ${LOG_LEVELS.join(", ")} (default: info)`);
}

/**
 * Takes commander's hands off the process: no exit of its own, output through `io`, and no look at terminals, because
 * its colour detection reads environment variables that this program has no permission for.
 */
function quieten(command: Command, io: CliIo): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: io.out,
    writeErr: () => {},
    getOutHasColors: () => false,
    getErrHasColors: () => false,
    getOutHelpWidth: () => 100,
    getErrHelpWidth: () => 100,
  });
}
