import * as v from "valibot";
import { exportRow, outagesAnswer, pingDataAnswer, seriesAnswer, summaryAnswer } from "../answers.ts";
import { csvOf, ndjsonOf } from "../export.ts";
import { chartJson, outageJson, summaryJson } from "../json.ts";
import { Problem } from "../problem.ts";
import { historyQuery, listQuery, seriesQuery } from "../requests.ts";
import type { Handler, Route, Services } from "../route.ts";
import type { ExportBlock, Ping, SeriesFilter, Store, TimeRange } from "../store.ts";
import { textStream } from "../text_stream.ts";
import { formatTime } from "../times.ts";
import { parseQuery, rangeOf } from "../validation.ts";

/** The longest range of a chart or a list of outages: ten years. What is streamed needs no such bound. */
const MAX_RANGE_MS = 3660 * 86_400_000;

function queryOf(request: Request): URLSearchParams {
  return new URL(request.url).searchParams;
}

/** `GET /ping-data?start&end&client&ip` */
async function pingData(request: Request, { store, clock }: Services): Promise<Response> {
  const { start, end, ...filter } = parseQuery(historyQuery, queryOf(request));
  const range = rangeOf({ start, end }, { nowMs: clock.now() });
  const pieces = pingDataText(store, await store.listSeries(filter), range);
  return textStream(pieces, { clock, headers: { "content-type": "application/json" } });
}

async function* pingDataText(
  store: Store,
  all: Awaited<ReturnType<Store["listSeries"]>>,
  range: TimeRange,
): AsyncGenerator<string> {
  yield "[";
  for (const [index, { id, ip, client, name }] of all.entries()) {
    const head = JSON.stringify({ device: name ?? ip, ip, client });
    yield `${index === 0 ? "" : ","}${head.slice(0, -1)},"pings":[`;
    let comma = "";
    for await (const block of store.readPings(id, range)) {
      yield comma + block.map(plainPing).join(",");
      comma = ",";
    }
    yield "]}";
  }
  yield "]";
}

function plainPing({ latencyMs, atMs }: Ping): string {
  return `{"latency_ms":${latencyMs},"timestamp":"${formatTime(atMs)}"}`;
}

/** `GET /series?client&ip&start&end&points` */
async function series(request: Request, { store, clock }: Services): Promise<Response> {
  const { client, ip, start, end, points } = parseQuery(seriesQuery, queryOf(request));
  const range = rangeOf({ start, end }, { nowMs: clock.now(), maxMs: MAX_RANGE_MS });
  const [found] = await store.listSeries({ client, ip });
  const chart = found && await store.series({ seriesId: found.id, ...range, points });
  if (chart === undefined) throw new Problem(404, "Cannot find this target: no such ip is registered for this client");
  return Response.json(chartJson(found as NonNullable<typeof found>, range, chart));
}

/** `GET /summary?search&client` */
async function summary(request: Request, { store, clock }: Services): Promise<Response> {
  const filter = parseQuery(listQuery, queryOf(request));
  const all = await store.summaries({ ...filter, nowMs: clock.now() });
  return Response.json(all.map(summaryJson));
}

/** `GET /outages?client&ip&start&end` */
async function outages(request: Request, { store, clock }: Services): Promise<Response> {
  const { start, end, ...filter } = parseQuery(historyQuery, queryOf(request));
  const nowMs = clock.now();
  const range = rangeOf({ start, end }, { nowMs, maxMs: MAX_RANGE_MS });
  const all = await store.outages({ ...range, ...filter, nowMs });
  return Response.json({ outages: all.map((outage) => outageJson(outage, nowMs)) });
}

/** `GET /export.…?start&end&client&ip` */
function exportAs(
  format: (blocks: AsyncIterable<ExportBlock>) => AsyncGenerator<string>,
  { type, extension }: { readonly type: string; readonly extension: string },
): Handler {
  return (request, { store, clock }) => {
    const { start, end, ...filter } = parseQuery(historyQuery, queryOf(request));
    const query: TimeRange & SeriesFilter = { ...rangeOf({ start, end }, { nowMs: clock.now() }), ...filter };
    const headers = {
      "content-type": type,
      "content-disposition": `attachment; filename="ping-data.${extension}"`,
    };
    return textStream(format(store.exportRows(query)), { clock, headers });
  };
}

const CSV = "text/csv; charset=utf-8; header=present";
const NDJSON = "application/x-ndjson";

export const historyRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/ping-data",
    access: "read",
    handler: pingData,
    doc: {
      summary: "Every result in a range, target by target",
      query: historyQuery,
      answers: { 200: { description: "The targets with their results", schema: pingDataAnswer } },
      problems: [400],
    },
  },
  {
    method: "GET",
    path: "/series",
    access: "read",
    handler: series,
    doc: {
      summary: "The points of a chart of one target, from raw results or a roll-up",
      query: seriesQuery,
      answers: { 200: { description: "At most `points` points", schema: seriesAnswer } },
      problems: [400, 404],
    },
  },
  {
    method: "GET",
    path: "/summary",
    access: "read",
    handler: summary,
    doc: {
      summary: "How each target is doing",
      query: listQuery,
      answers: { 200: { description: "State, last result and statistics of each target", schema: summaryAnswer } },
      problems: [400],
    },
  },
  {
    method: "GET",
    path: "/outages",
    access: "read",
    handler: outages,
    doc: {
      summary: "When targets were down, not measured, or their client silent; newest first",
      query: historyQuery,
      answers: { 200: { description: "The outages that touch the range", schema: outagesAnswer } },
      problems: [400],
    },
  },
  {
    method: "GET",
    path: "/export.csv",
    access: "read",
    handler: exportAs(csvOf, { type: CSV, extension: "csv" }),
    doc: {
      summary: "Every result in a range as CSV (RFC 4180)",
      query: historyQuery,
      answers: { 200: { description: "One row a result", schema: v.string(), type: "text/csv" } },
      problems: [400],
    },
  },
  {
    method: "GET",
    path: "/export.ndjson",
    access: "read",
    handler: exportAs(ndjsonOf, { type: NDJSON, extension: "ndjson" }),
    doc: {
      summary: "Every result in a range, one JSON object a line",
      query: historyQuery,
      answers: { 200: { description: "One object a result", schema: exportRow, type: NDJSON } },
      problems: [400],
    },
  },
];
