import { type Attributes, type Meter, metrics as otel } from "@opentelemetry/api";
import { Counter, Gauge, Registry } from "prom-client";
import { type Observe, SeriesHistogram } from "./series_histogram.ts";

/** Label values by label name. */
export type Labels = Readonly<Record<string, string>>;

/** One series at one moment. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** Gives the figures of the moment; asked at each scrape. */
export type Collect = () => Iterable<Sample> | Promise<Iterable<Sample>>;

export interface MetricText {
  /** As Prometheus writes it: base unit and `_total` in the name. */
  readonly name: string;
  /** What it counts, for people. */
  readonly help: string;
  /** Label names besides those that all metrics of the set have. */
  readonly labels?: readonly string[];
}

export interface HistogramText extends MetricText {
  /** Upper bounds of the buckets, ascending, in the unit of the name. */
  readonly buckets: readonly number[];
}

/** A histogram; its series begin at 0, so that the first value of each counts as an increase. */
export interface Distribution {
  series(labels?: Labels): Observe;
  remove(labels: Labels): void;
}

export interface MetricSetOptions {
  /** The scope under which OpenTelemetry files the metrics. Default `ping-client`. */
  readonly scope?: string;
  /** Labels of every series. */
  readonly common?: Labels;
  /** Default: the meter of the process, which does nothing unless OpenTelemetry is on. */
  readonly meter?: Meter;
}

/**
 * Metrics that are told to both: to Prometheus when it scrapes, and to OpenTelemetry where the process has it. The
 * figures are kept by whoever counts them and asked for when they are wanted, so that counting costs next to nothing;
 * only histograms take values as they come.
 */
export class MetricSet {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #registry = new Registry();
  readonly #meter: Meter;
  readonly #common: Labels;

  constructor({ scope = "ping-client", common = {}, meter = otel.getMeter(scope) }: MetricSetOptions = {}) {
    this.#common = common;
    this.#meter = meter;
  }

  /** The names of all metrics. */
  get names(): readonly string[] {
    return this.#registry.getMetricsAsArray().map(({ name }) => name);
  }

  /** Everything in Prometheus' text format 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  counter(text: MetricText, collect: Collect): void {
    const common = this.#common;
    new Counter({
      ...this.#promText(text),
      async collect() {
        const samples = await collect();
        this.reset();
        for (const { labels = {}, value } of samples) this.inc({ ...common, ...labels }, value);
      },
    });
    const { name, unit, description } = otelText(text);
    const counter = this.#meter.createObservableCounter(name, { description, unit });
    counter.addCallback(async (result) => {
      // A series that never happened says nothing there, and OpenTelemetry bounds the series of each instrument.
      for (const { labels, value } of await collect()) if (value > 0) result.observe(value, this.#attributes(labels));
    });
  }

  gauge(text: MetricText, collect: Collect): void {
    const common = this.#common;
    new Gauge({
      ...this.#promText(text),
      async collect() {
        const samples = await collect();
        this.reset();
        // Where there are no labels `reset` leaves a 0, which is not how a figure that is not known looks.
        this.remove({});
        for (const { labels = {}, value } of samples) this.set({ ...common, ...labels }, value);
      },
    });
    const { name, unit, description } = otelText(text);
    const gauge = this.#meter.createObservableGauge(name, { description, unit });
    gauge.addCallback(async (result) => {
      for (const { labels, value } of await collect()) result.observe(value, this.#attributes(labels));
    });
  }

  histogram(text: HistogramText): Distribution {
    const prometheus = new SeriesHistogram({ ...this.#promText(text), buckets: [...text.buckets] });
    const { name, unit, description } = otelText(text);
    const advice = { explicitBucketBoundaries: [...text.buckets] };
    const histogram = this.#meter.createHistogram(name, { description, unit, advice });
    return {
      series: (labels = {}) => {
        const attributes = this.#attributes(labels);
        const observe = prometheus.open({ ...this.#common, ...labels });
        return (value) => {
          observe(value);
          histogram.record(value, attributes);
        };
      },
      remove: (labels) => prometheus.close({ ...this.#common, ...labels }),
    };
  }

  #promText({ name, help, labels = [] }: MetricText) {
    return { name, help, labelNames: [...Object.keys(this.#common), ...labels], registers: [this.#registry] };
  }

  #attributes(labels: Labels = {}): Attributes {
    const entries = Object.entries({ ...this.#common, ...labels });
    return Object.fromEntries(entries.filter(([, value]) => value !== ""));
  }
}

/** `first`, and each next one twice that, `count` in all. */
export function doubling(first: number, count: number): readonly number[] {
  // Rounded: 0.0016 must not be written as 0.0016000000000000001.
  return Array.from({ length: count }, (_, n) => Number((first * 2 ** n).toPrecision(12)));
}

/** OpenTelemetry has unit and kind apart from the name; a collector puts them back when it writes for Prometheus. */
function otelText({ name, help }: MetricText): { name: string; unit: string; description: string } {
  const bare = name.replace(/_total$/, "");
  const unit = bare.endsWith("_seconds") ? "s" : bare.endsWith("_bytes") ? "By" : "1";
  return { name: bare.replace(/_(seconds|bytes)$/, ""), unit, description: help };
}
