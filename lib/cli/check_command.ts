import { Command } from "commander";
import { systemClock } from "../clock.ts";
import { settingsSchema, UsageError } from "../config.ts";
import { ConfigError } from "../config/problem.ts";
import { run } from "../engine/command.ts";
import { resolveName } from "../engine/resolve.ts";
import { checkEngines } from "./check/engines.ts";
import { checkNames } from "./check/names.ts";
import { checkRecorder } from "./check/recorder.ts";
import { type CheckRow, checkTable } from "./check/row.ts";
import { checkSpool } from "./check_spool.ts";
import { type CliIo, EXIT } from "./io.ts";
import { createPlanReader, targetsOf } from "./plan.ts";
import { readToken } from "./read_token.ts";

type Options = Readonly<Record<string, unknown>>;

/** `ping-client check`: it takes what the client itself takes, so that a command line is checked by one word more. */
export function addCheckCommand(program: Command, io: CliIo, done: (code: number) => void): Command {
  const check = new Command("check")
    .description("check the config, then this box: engines, permissions, recorder, clock, DNS, spool")
    .helpOption("-h, --help", "print this help")
    .argument("[target...]", "as for ping-client itself")
    .option("--json", "print JSON instead of a table");
  const taken = new Set([...Object.keys(settingsSchema.entries), "targets", "config", "ipv4", "ipv6"]);
  for (const option of program.options) if (taken.has(option.attributeName())) check.addOption(option);
  check.action(async (words: string[], options: Options) => done(await checkCommand(words, options, io)));
  program.addCommand(check);
  return check;
}

async function checkCommand(words: readonly string[], { json, ...options }: Options, io: CliIo): Promise<number> {
  try {
    const rows = await look(words, options, io);
    const ok = rows.every(({ status }) => status !== "fail");
    io.out(json === true ? report(rows) : checkTable(rows));
    return ok ? EXIT.ok : EXIT.unanswered;
  } catch (error) {
    if (json !== true || !(error instanceof UsageError)) throw error;
    const lines = error instanceof ConfigError ? error.lines : [error.message];
    io.out(report(lines.map((detail) => ({ check: "config", status: "fail", detail }))));
    return EXIT.usage;
  }
}

async function look(words: readonly string[], options: Options, io: CliIo): Promise<CheckRow[]> {
  const reader = createPlanReader(words, options, io);
  const plan = await reader.read();
  const { config } = plan;
  const targets = targetsOf(plan);
  const token = await (await readToken(config.tokenFile, reader.io))?.();
  const signal = io.stop;
  const count = targets.length;
  const recorders = [config.recorderUrl, ...config.otherRecorderUrls ?? []];
  const noun = count === 1 ? "target" : "targets";
  return [
    {
      check: "config",
      status: "ok",
      detail: `${count} ${noun}, each ${config.intervalMs / 1000} s unless it says otherwise`,
    },
    ...await checkEngines({ engine: config.engine, count, run, clock: systemClock, signal }),
    ...(await Promise.all(recorders.map((recorderUrl) =>
      checkRecorder({
        config: { ...config, recorderUrl },
        fetch: globalThis.fetch,
        clock: systemClock,
        signal,
        ...(token === undefined ? {} : { token }),
      })
    ))).flat(),
    ...await checkNames(targets, resolveName),
    await checkSpool(config.spool),
  ];
}

function report(rows: readonly CheckRow[]): string {
  return `${JSON.stringify({ ok: rows.every(({ status }) => status !== "fail"), checks: rows }, null, 2)}\n`;
}
