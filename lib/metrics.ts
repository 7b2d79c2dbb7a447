import type { Clock } from "./clock.ts";
import type { Drain } from "./drain.ts";
import type { EngineEvents } from "./engine_events.ts";
import type { Ledger, Summary } from "./ledger.ts";
import { doubling, MetricSet, type MetricSetOptions, type Sample } from "./metrics/metric_set.ts";
import { Readiness } from "./metrics/readiness.ts";
import type { Observe } from "./metrics/series_histogram.ts";
import { TargetTallies } from "./metrics/target_tallies.ts";
import type { Outbox } from "./outbox.ts";
import type { PingResult } from "./result.ts";
import type { Target } from "./target.ts";

export interface ClientMetricsOptions extends Pick<MetricSetOptions, "meter"> {
  /** The client id: the label `client` of every series. */
  readonly client: string;
  readonly targets: readonly Target[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** The program's version. */
  readonly version: string;
  readonly clock: Clock;
}

/** The parts of a running client whose figures are asked for at each scrape. */
export interface Parts {
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  /** Undefined: results go nowhere. */
  readonly drain: Drain | undefined;
}

/** From 50 µs, which a loopback takes, doubling to 26 s, which is more than any sensible timeout. */
const RTT_BUCKETS = doubling(50e-6, 20);
/** From 1 ms, doubling to 16 s. */
const LATENESS_BUCKETS = doubling(1e-3, 15);

const TARGET = ["target", "name", "group"] as const;

/** The metrics and the health of one ping client. It is told what happens, and asks the other parts when it is asked. */
export class ClientMetrics implements EngineEvents {
  readonly #set: MetricSet;
  readonly #tallies: TargetTallies;
  readonly #readiness: Readiness;
  readonly #late: Observe;
  readonly #restarts = new Map([["fping", 0]]);
  #targets: readonly Target[];
  #parts: Parts | undefined;
  #dropped = 0;

  constructor(options: ClientMetricsOptions) {
    const { client, targets, meter } = options;
    this.#set = new MetricSet({ common: { client }, ...(meter === undefined ? {} : { meter }) });
    this.#targets = targets;
    this.#readiness = new Readiness(targets, options);
    this.#tallies = new TargetTallies(
      targets,
      this.#set.histogram({
        name: "ping_client_rtt_seconds",
        help: "Round-trip time of the pings that were answered.",
        labels: TARGET,
        buckets: RTT_BUCKETS,
      }),
    );
    this.#definePings();
    this.#defineDelivery();
    this.#late = this.#defineEngine();
    this.#defineClient(options.version);
  }

  /** The names of all metrics. */
  get names(): readonly string[] {
    return this.#set.names;
  }

  get contentType(): string {
    return this.#set.contentType;
  }

  /** Everything in Prometheus' text format. */
  text(): Promise<string> {
    return this.#set.text();
  }

  /** Why the client is not ready: it does not ping on schedule, or can't deliver. Empty where it is. */
  notReady(): readonly string[] {
    return this.#readiness.reasons(this.#parts?.drain?.away);
  }

  /** Lets it look at the parts of a client that now runs. */
  attach(parts: Parts): void {
    this.#parts = parts;
  }

  count(result: PingResult): void {
    this.#tallies.count(result);
    this.#readiness.count(result);
  }

  /** Takes another list of targets. */
  update(targets: readonly Target[]): void {
    this.#targets = targets;
    this.#tallies.update(targets);
    this.#readiness.update(targets);
  }

  onLate(lateMs: number): void {
    this.#late(lateMs / 1000);
  }

  onRestart(program: string): void {
    this.#restarts.set(program, (this.#restarts.get(program) ?? 0) + 1);
  }

  onAddressChange(host: string): void {
    this.#tallies.addressChanged(host);
  }

  #definePings(): void {
    const tallies = this.#tallies;
    this.#set.counter({
      name: "ping_client_pings_sent_total",
      help: "Pings that were sent: answered or lost.",
      labels: TARGET,
    }, () => tallies.sent());
    this.#set.counter({
      name: "ping_client_pings_lost_total",
      help: "Pings that were not answered in time, or answered as unreachable.",
      labels: [...TARGET, "cause"],
    }, () => tallies.lost());
    this.#set.counter({
      name: "ping_client_pings_failed_total",
      help: "Rounds that were not measured; they count neither as sent nor as lost.",
      labels: [...TARGET, "cause"],
    }, () => tallies.failed());
    this.#set.counter({
      name: "ping_client_dns_changes_total",
      help: "How often the name of a target got another address (engine fping).",
      labels: TARGET,
    }, () => tallies.addressChanges());
  }

  #defineDelivery(): void {
    const outbox = (figure: (outbox: Outbox) => number) => () => this.#one((parts) => figure(parts.outbox));
    const summary = (figure: (summary: Summary) => number) => () => this.#one(({ ledger }) => figure(ledger.summary()));
    this.#set.gauge(
      { name: "ping_client_queue_results", help: "Results that wait for the recorder." },
      outbox(({ size }) => size),
    );
    this.#set.gauge(
      { name: "ping_client_queue_bytes", help: "About how many bytes the waiting results take." },
      outbox(({ bytes }) => bytes),
    );
    this.#set.counter(
      { name: "ping_client_results_delivered_total", help: "Results that the recorder has taken." },
      summary(({ delivered }) => delivered),
    );
    this.#set.counter(
      { name: "ping_client_results_rejected_total", help: "Results that the recorder will never take." },
      summary(({ rejected }) => rejected),
    );
    this.#set.counter(
      {
        name: "ping_client_results_dropped_total",
        help: "Results that went because the queue was full, or were late.",
      },
      // One that was on its way when it was dropped may still arrive and is then taken back; a counter only grows.
      summary(({ dropped }) => this.#dropped = Math.max(this.#dropped, dropped)),
    );
    this.#set.gauge(
      { name: "ping_client_recorder_up", help: "1 while the recorder takes results, 0 while it is away." },
      () => this.#parts?.drain === undefined ? [] : [{ value: this.#parts.drain.away === undefined ? 1 : 0 }],
    );
  }

  #defineEngine(): Observe {
    this.#set.counter({
      name: "ping_client_engine_restarts_total",
      help: "How often a long-running ping program died and was started again.",
      labels: ["program"],
    }, () => [...this.#restarts].map(([program, value]) => ({ labels: { program }, value })));
    return this.#set.histogram({
      name: "ping_client_schedule_lateness_seconds",
      help: "How long after its place on the grid a ping was sent.",
      buckets: LATENESS_BUCKETS,
    }).series();
  }

  #defineClient(version: string): void {
    this.#set.gauge(
      { name: "ping_client_targets", help: "Targets that are pinged." },
      () => [{ value: this.#targets.length }],
    );
    const labels = { version, deno: Deno.version.deno, os: Deno.build.os, arch: Deno.build.arch };
    this.#set.gauge(
      { name: "ping_client_build_info", help: "1, with what runs as labels.", labels: Object.keys(labels) },
      () => [{ labels, value: 1 }],
    );
  }

  /** A figure of the running client; none before it runs. */
  #one(figure: (parts: Parts) => number): readonly Sample[] {
    return this.#parts === undefined ? [] : [{ value: figure(this.#parts) }];
  }
}
