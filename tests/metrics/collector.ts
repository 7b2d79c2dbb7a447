/** A stand-in for an OpenTelemetry collector: takes OTLP over HTTP as JSON on the loopback and keeps what came. */
export interface Collector {
  readonly url: string;
  /** The newest data points of a metric, with their attributes. */
  points(metric: string): readonly Point[];
  spans(name: string): readonly Span[];
  /** Bodies that were not JSON. */
  readonly foreign: readonly { readonly type: string; readonly bytes: Uint8Array }[];
  close(): Promise<void>;
}

export interface Point {
  readonly unit: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of a counter or gauge. */
  readonly value: number;
  /** Of a histogram. */
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code?: number; readonly message?: string };
}

/** The parts of OTLP's JSON that matter here (opentelemetry-proto 1.x; 64-bit numbers are strings). */
interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string | number; readonly doubleValue?: number };
}
interface RawPoint {
  readonly attributes?: readonly Attribute[];
  readonly asDouble?: number;
  readonly asInt?: string | number;
  readonly count?: string | number;
  readonly sum?: number;
  readonly explicitBounds?: readonly number[];
}
interface RawMetric {
  readonly name: string;
  readonly unit?: string;
  readonly sum?: { readonly dataPoints: readonly RawPoint[] };
  readonly gauge?: { readonly dataPoints: readonly RawPoint[] };
  readonly histogram?: { readonly dataPoints: readonly RawPoint[] };
}
type RawSpan = Omit<Span, "attributes"> & { readonly attributes?: readonly Attribute[] };
interface Body {
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly RawMetric[] }[];
  }[];
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[] }[];
}

export function startCollector(): Collector {
  const metrics = new Map<string, readonly Point[]>();
  const spans: Span[] = [];
  const foreign: { type: string; bytes: Uint8Array }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const type = request.headers.get("content-type") ?? "";
    if (type !== "application/json") {
      foreign.push({ type, bytes: new Uint8Array(await request.arrayBuffer()) });
      return new Response(null, { status: 200 });
    }
    const body: Body = await request.json();
    const raw = body.resourceMetrics?.flatMap(({ scopeMetrics }) => scopeMetrics).flatMap(({ metrics }) => metrics);
    for (const metric of raw ?? []) metrics.set(metric.name, pointsOf(metric));
    for (const { scopeSpans } of body.resourceSpans ?? []) {
      spans.push(...scopeSpans.flatMap((scope) => scope.spans).map(spanOf));
    }
    return Response.json({});
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    points: (metric) => metrics.get(metric) ?? [],
    spans: (name) => spans.filter((span) => span.name === name),
    foreign,
    close: () => server.shutdown(),
  };
}

function pointsOf({ unit = "", sum, gauge, histogram }: RawMetric): readonly Point[] {
  const raw = [...sum?.dataPoints ?? [], ...gauge?.dataPoints ?? [], ...histogram?.dataPoints ?? []];
  return raw.map(({ attributes, asDouble, asInt, count = 0, sum = 0, explicitBounds: bounds = [] }) => ({
    unit,
    attributes: plain(attributes),
    value: asDouble ?? Number(asInt ?? NaN),
    count: Number(count),
    sum,
    bounds,
  }));
}

function spanOf({ attributes, ...span }: RawSpan): Span {
  return { ...span, attributes: plain(attributes) };
}

function plain(attributes: readonly Attribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => {
    const number = value.intValue ?? value.doubleValue;
    return [key, value.stringValue ?? (number === undefined ? undefined : Number(number))];
  }));
}
