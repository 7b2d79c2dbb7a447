import { rowJson } from "./json.ts";
import type { ExportBlock } from "./store.ts";
import { formatTime } from "./times.ts";

const CSV_HEAD = "time,client,ip,name,latency_ms,cause\r\n";

/** Rows as CSV (RFC 4180): CRLF, one line of names, what needs quotes in quotes. */
export async function* csvOf(blocks: AsyncIterable<ExportBlock>): AsyncGenerator<string> {
  yield CSV_HEAD;
  for await (const { series: { client, ip, name = "" }, pings } of blocks) {
    const target = `${csvField(client)},${csvField(ip)},${csvField(name)}`;
    yield pings.map(({ atMs, latencyMs, cause }) =>
      `${formatTime(atMs)},${target},${latencyMs ?? ""},${cause ?? ""}\r\n`
    ).join("");
  }
}

/** Rows as one JSON object a line. */
export async function* ndjsonOf(blocks: AsyncIterable<ExportBlock>): AsyncGenerator<string> {
  for await (const { series, pings } of blocks) {
    yield pings.map((ping) => `${JSON.stringify(rowJson(series, ping))}\n`).join("");
  }
}

/**
 * A field as RFC 4180 has it. A name such as `=1+2` is a formula to a spreadsheet; a quote character before it would
 * stop that and be wrong data for every other program, and this export is evidence. So it stays as it is, in quotes.
 */
function csvField(text: string): string {
  return /^[=+\-@\t]|[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
