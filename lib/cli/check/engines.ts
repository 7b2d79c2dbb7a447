import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { type Engine, MANY_TARGETS } from "../../engine.ts";
import { MissingProgramError, type Run } from "../../engine/command.ts";
import { createFpingEngine } from "../../engine/fping.ts";
import { createPingEngine } from "../../engine/ping.ts";
import type { PingResult } from "../../result.ts";
import type { CheckRow } from "./row.ts";

export interface EngineCheckOptions {
  readonly engine: Config["engine"];
  /** How many targets there are. */
  readonly count: number;
  readonly run: Run;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const VERSION_MS = 5000;
/** The kernel's own answer takes microseconds; this long only on a machine that stands still. */
const LOOPBACK_MS = 2000;

const ALLOW = "let it send ICMP: setcap cap_net_raw+ep on the program, or for everybody " +
  "sysctl -w net.ipv4.ping_group_range='0 2147483647' (and in /etc/sysctl.d to keep it)";

/** Which ping programs are here, and whether they may send: each that is here pings 127.0.0.1 once. */
export async function checkEngines(options: EngineCheckOptions): Promise<CheckRow[]> {
  const { engine, count, run, clock } = options;
  const many = engine === "auto" && count > MANY_TARGETS;
  return [
    ...await checkProgram("ping", "-V", () => createPingEngine({ run, clock }), {
      ...options,
      missing: engine === "fping" ? "warn" : "fail",
    }),
    ...await checkProgram("fping", "-v", () => createFpingEngine({ run, clock }), {
      ...options,
      missing: engine === "fping" ? "fail" : many ? "warn" : "ok",
    }),
  ];
}

async function checkProgram(
  program: string,
  versionOption: string,
  create: () => Engine,
  options: EngineCheckOptions & { readonly missing: CheckRow["status"] },
): Promise<CheckRow[]> {
  try {
    const { stdout, stderr } = await options.run(program, [versionOption], { killAfterMs: VERSION_MS });
    const version = `${stdout}\n${stderr}`.trim().split("\n")[0] ?? "";
    return [
      { check: program, status: "ok", detail: version === "" ? "is here; it tells no version" : version },
      await checkIcmp(program, create(), options),
    ];
  } catch (error) {
    if (!(error instanceof MissingProgramError)) throw error;
    return [missingRow(program, error, options)];
  }
}

function missingRow(
  program: string,
  { message }: MissingProgramError,
  { missing: status, count }: { readonly missing: CheckRow["status"]; readonly count: number },
): CheckRow {
  const detail = status === "ok" ? `is not installed, nor needed for ${count} targets` : "is not installed";
  return { check: program, status, detail, ...(status === "ok" ? {} : { advice: message.replace(/^[^:]*: /, "") }) };
}

async function checkIcmp(program: string, engine: Engine, options: EngineCheckOptions): Promise<CheckRow> {
  const check = `icmp by ${program}`;
  const result = await pingOnce(engine, options.signal);
  if (result?.outcome === "reply") {
    return { check, status: "ok", detail: `127.0.0.1 answers in ${result.rttMs.toFixed(3)} ms` };
  }
  const why = result === undefined ? "was not pinged" : `gives ${result.outcome}/${result.cause}`;
  const range = await groupRange(options.run);
  const now = range === undefined ? "" : `; net.ipv4.ping_group_range is '${range}'`;
  return { check, status: "fail", detail: `127.0.0.1 ${why}${now}`, advice: ALLOW };
}

async function pingOnce(engine: Engine, signal: AbortSignal): Promise<PingResult | undefined> {
  let last: PingResult | undefined;
  const times = { intervalMs: LOOPBACK_MS, timeoutMs: LOOPBACK_MS, rounds: 1 };
  for await (const result of engine.watch([{ host: "127.0.0.1", family: "ipv4" }], { ...times, signal })) last = result;
  return last;
}

/** Read by a program, because this one may have no permission to read files. */
async function groupRange(run: Run): Promise<string | undefined> {
  try {
    const { code, stdout } = await run("cat", ["/proc/sys/net/ipv4/ping_group_range"], { killAfterMs: VERSION_MS });
    return code === 0 ? stdout.trim().replace(/\s+/g, " ") : undefined;
  } catch {
    return undefined;
  }
}
