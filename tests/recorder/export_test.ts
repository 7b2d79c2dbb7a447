import assert from "node:assert/strict";
import { csvOf, ndjsonOf } from "../../lib/recorder/export.ts";
import type { ExportBlock } from "../../lib/recorder/store.ts";

const AT = Date.UTC(2026, 0, 1);

async function* blocks(name?: string): AsyncGenerator<ExportBlock> {
  const series = { id: 1, client: "c", ip: "a", name, createdAtMs: 0 };
  yield await Promise.resolve({ series, pings: [{ atMs: AT, latencyMs: 1.234 }] });
  yield { series, pings: [{ atMs: AT + 1, latencyMs: null, cause: "timeout" }, { atMs: AT + 2, latencyMs: null }] };
}

async function all(pieces: AsyncGenerator<string>): Promise<string> {
  return (await Array.fromAsync(pieces)).join("");
}

/** Reads CSV by the letter of RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = "", end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "\r\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

Deno.test("csvOf writes a head and a row a result", async () => {
  assert.equal(
    await all(csvOf(blocks("gw"))),
    "time,client,ip,name,latency_ms,cause\r\n" +
      "2026-01-01T00:00:00.000Z,c,a,gw,1.234,\r\n" +
      "2026-01-01T00:00:00.001Z,c,a,gw,,timeout\r\n" +
      "2026-01-01T00:00:00.002Z,c,a,gw,,\r\n",
  );
});

Deno.test("csvOf quotes what would break a row or look like a formula, and changes no character", async () => {
  for (const name of ["a,b", 'say "hi"', "=1+2", "+1", "-1", "@SUM(A1)", "'x", "ä €", "two\r\nlines", '","']) {
    const text = await all(csvOf(blocks(name)));
    assert.deepEqual(parseCsv(text).map((row) => row[3]), ["name", name, name, name]);
    assert.equal(text.includes(`,"${name.replaceAll('"', '""')}",`), /[",\n=+@-]/.test(name), name);
  }
});

Deno.test("ndjsonOf writes one object a line", async () => {
  const lines = (await all(ndjsonOf(blocks()))).split("\n");
  assert.equal(lines.pop(), "");
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [
    { time: "2026-01-01T00:00:00.000Z", client: "c", ip: "a", latency_ms: 1.234 },
    { time: "2026-01-01T00:00:00.001Z", client: "c", ip: "a", latency_ms: null, cause: "timeout" },
    { time: "2026-01-01T00:00:00.002Z", client: "c", ip: "a", latency_ms: null },
  ]);
});
