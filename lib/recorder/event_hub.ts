import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { liveJson } from "./json.ts";
import type { LiveEvent, LiveFeed, LiveResult } from "./live.ts";
import { createSeriesIndex, type SeriesIndex } from "./series_index.ts";
import type { Store } from "./store.ts";

export interface EventHubOptions {
  readonly feed: LiveFeed;
  readonly store: Pick<Store, "listSeries">;
  readonly clock: Clock;
  readonly log: Log;
  /** At most this many pages listen at once. Default 200. */
  readonly maxSubscribers?: number;
  /** A page that lets more than this wait, in bytes, is cut off. Default 1 MiB. */
  readonly maxWaitingBytes?: number;
  /** At most this many results go out at once; the oldest are left out, and that is said. Default 10,000. */
  readonly maxResults?: number;
}

interface Subscriber {
  /** Undefined: every client's. */
  readonly client?: string;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
}

/** How often events go out, in ms: a page need not draw more often. */
const TICK_MS = 500;

/** A comment every so many ticks (15 s), so that proxies don't take the line for dead. */
const HEARTBEAT_TICKS = 30;

const encoder = new TextEncoder();

/** Hands the live feed to any number of pages as server-sent events, each event encoded once for all who want it. */
export class EventHub {
  readonly #options: Required<EventHubOptions>;
  readonly #index: SeriesIndex;
  readonly #subscribers = new Set<Subscriber>();
  #waiting: LiveResult[] = [];
  #missed = 0;
  #targetsChanged = false;
  #ticking: AbortController | undefined;
  #closed = false;

  constructor(options: EventHubOptions) {
    this.#options = { maxSubscribers: 200, maxWaitingBytes: 1_048_576, maxResults: 10_000, ...options };
    this.#index = createSeriesIndex(options);
  }

  /** How many pages listen. */
  get size(): number {
    return this.#subscribers.size;
  }

  /**
   * A stream of events from now on.
   * @returns undefined where as many listen as may, or the hub is closed
   */
  subscribe({ client }: { readonly client?: string } = {}): ReadableStream<Uint8Array> | undefined {
    if (this.#closed || this.#subscribers.size >= this.#options.maxSubscribers) return undefined;
    let subscriber: Subscriber | undefined;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        subscriber = { client, controller };
        this.#subscribers.add(subscriber);
        controller.enqueue(encoder.encode("retry: 2000\n\n"));
        if (this.#ticking === undefined) this.#start();
      },
      cancel: () => {
        if (subscriber !== undefined) this.#remove(subscriber);
      },
    }, new ByteLengthQueuingStrategy({ highWaterMark: this.#options.maxWaitingBytes }));
  }

  /** Ends every stream; no new one begins. */
  close(): void {
    this.#closed = true;
    for (const subscriber of this.#subscribers) {
      this.#remove(subscriber);
      subscriber.controller.close();
    }
  }

  #start(): void {
    const ticking = new AbortController();
    this.#ticking = ticking;
    const unsubscribe = this.#options.feed.subscribe((event) => this.#take(event));
    this.#tick(ticking.signal).finally(unsubscribe);
  }

  #remove(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0) return;
    this.#ticking?.abort();
    this.#ticking = undefined;
    this.#waiting = [];
    this.#missed = 0;
    this.#targetsChanged = false;
  }

  #take(event: LiveEvent): void {
    if (event.kind === "targets") {
      this.#targetsChanged = true;
      return;
    }
    // Not push(...all): a large batch would be too many arguments.
    for (const result of event.results) this.#waiting.push(result);
    const surplus = this.#waiting.length - this.#options.maxResults;
    if (surplus <= 0) return;
    this.#missed += surplus;
    this.#waiting.splice(0, surplus);
  }

  async #tick(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    for (let ticks = 1;; ticks++) {
      await clock.sleep(TICK_MS, signal);
      if (signal.aborted) return;
      try {
        await this.#send();
      } catch (error) {
        log.error("Cannot send live results: {reason}", { reason: error instanceof Error ? error.message : error });
      }
      if (ticks % HEARTBEAT_TICKS === 0) this.#broadcast(() => ": still here\n\n");
    }
  }

  async #send(): Promise<void> {
    const results = this.#waiting;
    const missed = this.#missed;
    const targetsChanged = this.#targetsChanged;
    this.#waiting = [];
    this.#missed = 0;
    this.#targetsChanged = false;
    if (targetsChanged) {
      this.#index.forget();
      this.#broadcast(() => "event: targets\ndata: {}\n\n");
    }
    if (missed > 0) this.#broadcast(() => `event: missed\ndata: {"count":${missed}}\n\n`);
    if (results.length === 0) return;
    const known = await this.#index.resolve(results);
    this.#broadcast((client) => {
      const wanted = client === undefined ? known : known.filter((result) => result.client === client);
      return wanted.length === 0 ? "" : `event: results\ndata: [${wanted.map(liveJson).join(",")}]\n\n`;
    });
  }

  /** Makes each text once, however many want it. */
  #broadcast(textFor: (client?: string) => string): void {
    const made = new Map<string | undefined, Uint8Array>();
    for (const subscriber of this.#subscribers) {
      const { client, controller } = subscriber;
      const bytes = made.get(client) ?? encoder.encode(textFor(client));
      made.set(client, bytes);
      if (bytes.length === 0) continue;
      if ((controller.desiredSize ?? 0) > 0) controller.enqueue(bytes);
      else this.#cutOff(subscriber);
    }
  }

  #cutOff(subscriber: Subscriber): void {
    this.#remove(subscriber);
    this.#options.log.info("a page that reads too slowly was cut off; it comes back by itself");
    subscriber.controller.error(new Error("too slow"));
  }
}
