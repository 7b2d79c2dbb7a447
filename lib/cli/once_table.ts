import { latencyMs, type PingResult } from "../result.ts";
import { label } from "../target.ts";

/** The table that `--once` prints: a row for each result, in the order of the targets. */
export function onceTable(results: readonly PingResult[]): string {
  const rows = results.map((result) => [label(result), result.outcome, detail(result)]);
  const table = [["target", "result", "RTT or cause"], ...rows];
  const widths = [0, 1].map((column) => Math.max(...table.map((row) => [...row[column] ?? ""].length)));
  return table.map(([target = "", outcome = "", last = ""]) =>
    `${pad(target, widths[0])}  ${pad(outcome, widths[1])}  ${last}`.trimEnd() + "\n"
  ).join("");
}

/** What `--once --json` prints: an array with an object for each result, in the order of the targets. */
export function onceJson(results: readonly PingResult[]): string {
  const rows = results.map((result) => ({
    host: result.host,
    ...(result.name === undefined ? {} : { name: result.name }),
    outcome: result.outcome,
    rtt_ms: latencyMs(result),
    ...(result.outcome === "reply" ? {} : { cause: result.cause }),
    at: new Date(result.at).toISOString(),
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function detail(result: PingResult): string {
  return result.outcome === "reply" ? `${result.rttMs.toFixed(3)} ms` : result.cause;
}

function pad(text: string, width = 0): string {
  return text + " ".repeat(Math.max(0, width - [...text].length));
}
