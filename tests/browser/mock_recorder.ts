import { serveStatic, STATIC_PATHS } from "../../lib/recorder/static.ts";

/** One result as it is posted. */
export interface SentResult {
  readonly ip: string;
  readonly name?: string;
  readonly latency_ms: number | null;
  readonly at?: string;
  readonly cause?: string;
}

interface Ping {
  readonly atMs: number;
  readonly ms: number | null;
  readonly cause?: string;
}

interface Series {
  readonly id: number;
  readonly client: string;
  readonly ip: string;
  name?: string;
  readonly pings: Ping[];
}

const LOST = new Set([undefined, "timeout", "unreachable"]);
const CSP = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const isLost = ({ ms, cause }: Ping) => ms === null && LOST.has(cause);
const round = (ms: number | undefined) => ms === undefined ? null : Math.round(ms * 1000) / 1000;

function figures(pings: readonly Ping[]) {
  const latencies = pings.flatMap(({ ms }) => ms === null ? [] : [ms]).sort((a, b) => a - b);
  const lost = pings.filter(isLost).length;
  const replies = latencies.length;
  const quantile = (part: number) => round(latencies[Math.min(Math.floor(part * replies), replies - 1)]);
  return {
    count: pings.length,
    replies,
    lost,
    failed: pings.length - replies - lost,
    loss: replies + lost === 0 ? null : lost / (replies + lost),
    min: quantile(0),
    p5: quantile(0.05),
    median: quantile(0.5),
    p95: quantile(0.95),
    max: quantile(1),
    mean: replies === 0 ? null : round(latencies.reduce((sum, ms) => sum + ms, 0) / replies),
  };
}

/** A recorder in memory with the answers that the page reads: for trying out the page alone. */
export class MockRecorder {
  readonly #series = new Map<string, Series>();
  readonly #feeds = new Set<(text: string) => void>();

  /** Takes results as `POST /record-pings/<client>` does, without its checks. */
  record(client: string, results: readonly SentResult[]): void {
    const told = results.map(({ ip, name, latency_ms: ms, at, cause }) => {
      const series = this.#register(client, ip);
      if (name !== undefined) series.name = name;
      const atMs = at === undefined ? Date.now() : Date.parse(at);
      series.pings.push({ atMs, ms, cause });
      const time = new Date(atMs).toISOString();
      return { id: series.id, client, ip, name: series.name, time, latency_ms: ms, cause };
    });
    this.#tell("results", told);
  }

  fetch(request: Request): Promise<Response> | Response {
    const url = new URL(request.url);
    if (STATIC_PATHS.includes(url.pathname)) {
      const response = serveStatic(request);
      response.headers.set("content-security-policy", CSP);
      return response;
    }
    return this.#answer(request, url);
  }

  async #answer(request: Request, { pathname, searchParams: query }: URL): Promise<Response> {
    const [, first, second = ""] = pathname.split("/");
    const client = query.get("client") ?? decodeURIComponent(second);
    const ip = query.get("ip") ?? "";
    const [start, end] = ["start", "end"].map((word) => Number(query.get(word) ?? 0)) as [number, number];
    switch (first) {
      case "ips":
        if (request.method !== "POST") break;
        {
          const body = await request.json();
          this.#register(body.client, body.ip);
          return Response.json(body, { status: 201 });
        }
      case "record-ping":
        this.record(client, [await request.json()]);
        return Response.json({ status: "accepted" }, { status: 201 });
      case "record-pings":
        this.record(client, (await request.json()).results);
        return Response.json({ accepted: 0, duplicates: 0, rejected: [] });
      case "summary":
        return Response.json([...this.#series.values()].map(summaryOf));
      case "series":
        return Response.json(seriesOf(this.#register(client, ip), start, end, Number(query.get("points") ?? 500)));
      case "outages":
        return Response.json({ outages: this.#outages(ip, start, end) });
      case "events":
        return this.#events();
    }
    return new Response("not here", { status: 404 });
  }

  #register(client: string, ip: string): Series {
    const key = JSON.stringify([client, ip]);
    let series = this.#series.get(key);
    if (series === undefined) {
      this.#series.set(key, series = { id: this.#series.size + 1, client, ip, pings: [] });
      this.#tell("targets", {});
    }
    return series;
  }

  #outages(ip: string, start: number, end: number): unknown[] {
    const all = [...this.#series.values()].filter((series) => series.ip === ip);
    return all.flatMap((series) => downsOf(series).filter((down) => down.endMs >= start && down.startMs <= end))
      .sort((a, b) => b.startMs - a.startMs)
      .map(({ series, startMs, endMs, kind, over, lost, failed, cause }) => ({
        client: series.client,
        ip,
        name: series.name,
        kind,
        start: new Date(startMs).toISOString(),
        end: over ? new Date(endMs).toISOString() : null,
        length_s: (endMs - startMs) / 1000,
        cause: cause ?? null,
        lost,
        failed,
        also_down: [],
        up_for: all.filter((other) => other !== series).map((other) => other.client),
      }));
  }

  #tell(event: string, data: unknown): void {
    for (const send of this.#feeds) send(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #events(): Response {
    let send: (text: string) => void;
    const body = new ReadableStream<string>({
      start: (controller) => {
        send = (text) => controller.enqueue(text);
        this.#feeds.add(send);
        send("retry: 2000\n\n");
      },
      cancel: () => {
        this.#feeds.delete(send);
      },
    });
    return new Response(body.pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "text/event-stream" },
    });
  }
}

function summaryOf({ id, client, ip, name, pings }: Series) {
  const now = Date.now();
  const last = pings.at(-1);
  const window = (lengthMs: number) => figures(pings.slice(-10_000).filter(({ atMs }) => atMs > now - lengthMs));
  const three = pings.slice(-3);
  const state = last === undefined
    ? "new"
    : now - last.atMs > 60_000
    ? "silent"
    : three.every(({ ms, cause }) => ms === null && !LOST.has(cause))
    ? "unmeasured"
    : three.every(isLost)
    ? "down"
    : "up";
  return {
    id,
    client,
    ip,
    name,
    state,
    since: last === undefined ? null : new Date(last.atMs).toISOString(),
    last: last === undefined
      ? null
      : { time: new Date(last.atMs).toISOString(), latency_ms: last.ms, cause: last.cause },
    windows: { "5m": window(300_000), "1h": window(3_600_000), "24h": window(86_400_000) },
    recent: pings.slice(-30).map((ping) => ping.ms ?? (isLost(ping) ? null : "f")),
  };
}

function seriesOf({ client, ip, name, pings }: Series, start: number, end: number, points: number) {
  const step = Math.max(Math.ceil((end - start) / points), 1);
  const buckets = new Map<number, Ping[]>();
  for (const ping of pings) {
    if (ping.atMs < start || ping.atMs >= end) continue;
    const index = Math.floor((ping.atMs - start) / step);
    const bucket = buckets.get(index) ?? [];
    buckets.set(index, bucket);
    bucket.push(ping);
  }
  return {
    client,
    ip,
    name,
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
    step_ms: step,
    source: "raw",
    points: [...buckets].sort(([a], [b]) => a - b).map(([index, some]) => ({
      time: new Date(start + index * step).toISOString(),
      ...figures(some),
    })),
  };
}

function downsOf(series: Series) {
  const { pings } = series;
  const found = [];
  for (let from = 0; from < pings.length; from++) {
    const first = pings[from];
    if (first === undefined || first.ms !== null) continue;
    let to = from;
    while (pings[to + 1]?.ms === null) to++;
    if (to - from >= 2) {
      const some = pings.slice(from, to + 1);
      const next = pings[to + 1];
      const { lost, failed } = figures(some);
      found.push({
        series,
        startMs: first.atMs,
        endMs: next?.atMs ?? Date.now(),
        over: next !== undefined,
        kind: lost > 0 ? "target-down" : "not-measured",
        cause: first.cause,
        lost,
        failed,
      });
    }
    from = to;
  }
  return found;
}
