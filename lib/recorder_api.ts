import type { Clock } from "./clock.ts";
import type { Courier } from "./drain.ts";
import { type Answer, ask, type Fetch } from "./http.ts";
import type { Log } from "./log.ts";
import { IPS_PATH, MAX_BATCH, REASON_NOT_REGISTERED, recordPingPath, recordPingsPath } from "./recorder_contract.ts";
import { batchVerdicts, kindOf, type RecorderKind, registeredHosts, said, saysItExists } from "./recorder_answers.ts";
import { latencyMs, type PingResult } from "./result.ts";
import { label, type Target } from "./target.ts";
import { ACCEPT, type Keep, retryAfterMs, type Verdict, verdictOf } from "./verdict.ts";

export interface RecorderApiOptions {
  /** Where the recorder is, without a slash at the end. */
  readonly url: string;
  /** The client id that names this box there. */
  readonly client: string;
  /** Who must be registered. Asked at each connect, because targets come and go. */
  readonly targets: () => readonly Target[];
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch?: Fetch;
  /** Sent as `Authorization: Bearer …` when it gives one. Asked at each connect: a wrong token is mended by a person. */
  readonly token?: () => Promise<string | undefined>;
  /** A request ends after this long, in ms. Default 10,000. */
  readonly timeoutMs?: number;
}

/** The list of targets of a large site is long; anything longer than this is no recorder. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** How many registrations are under way at once. */
const REGISTRATION_LANES = 4;

/** Speaks to a recorder: the plain contract with any, batches with one that announces `ping-recorder: 1`. */
export function createRecorderApi(options: RecorderApiOptions): Courier {
  return new RecorderApi(options);
}

class RecorderApi implements Courier {
  maxBatch = 1;
  #kind: RecorderKind | undefined;
  #registered = new Set<string>();
  #refused = new Map<string, string>();
  #trustsHtml = false;
  #token: string | undefined;

  constructor(private readonly options: RecorderApiOptions) {}

  get stampsOnArrival(): boolean {
    return this.#kind !== "extended";
  }

  async connect(signal: AbortSignal): Promise<Verdict> {
    this.#token = await this.options.token?.();
    const listed = await this.#list(signal);
    if ("verdict" in listed) return listed;
    this.#registered = new Set(listed.hosts);
    this.#refused.clear();
    this.#sayKind(listed.kind);
    this.maxBatch = listed.kind === "extended" ? MAX_BATCH : 1;
    const missing = this.options.targets().filter(({ host }) => !this.#registered.has(host));
    let keep: Keep | undefined;
    const lane = async () => {
      for (let target = missing.shift(); target !== undefined && keep === undefined; target = missing.shift()) {
        const verdict = await this.#register(target, signal);
        if (verdict.verdict === "keep") keep = verdict;
      }
    };
    await Promise.all(Array.from({ length: REGISTRATION_LANES }, lane));
    return keep ?? ACCEPT;
  }

  async deliver(results: readonly PingResult[], signal: AbortSignal): Promise<readonly Verdict[]> {
    if (this.#kind === "extended") return await this.#deliverBatch(results, signal);
    const verdicts: Verdict[] = [];
    for (const result of results) verdicts.push(await this.#deliverOne(result, signal));
    return verdicts;
  }

  async #deliverOne(result: PingResult, signal: AbortSignal): Promise<Verdict> {
    const body = { ip: result.host, latency_ms: latencyMs(result), ...named(result) };
    const post = () => this.#post(recordPingPath(this.options.client), body, signal);
    let answer = await post();
    if ("verdict" in answer) return answer;
    if (answer.status === 404) {
      const registered = await this.#registerAgain(result, signal);
      if (registered.verdict !== "accept") return registered;
      answer = await post();
      if ("verdict" in answer) return answer;
    }
    const verdict = this.#verdictOf(answer);
    return verdict.verdict === "accept" ? await this.#believe(answer, signal) : verdict;
  }

  async #deliverBatch(results: readonly PingResult[], signal: AbortSignal): Promise<readonly Verdict[]> {
    const first = await this.#postBatch(results, signal);
    const unknown = results.filter((_, index) => isUnknown(first[index]));
    if (unknown.length === 0) return first;
    const byHost = new Map<string, Verdict>();
    for (const result of unknown) {
      if (!byHost.has(result.host)) byHost.set(result.host, await this.#registerAgain(result, signal));
    }
    const again = unknown.filter(({ host }) => byHost.get(host)?.verdict === "accept");
    const second = again.length === 0 ? [] : await this.#postBatch(again, signal);
    return results.map((result, index) => {
      const verdict = first[index] as Verdict;
      if (!isUnknown(verdict)) return verdict;
      const place = again.indexOf(result);
      return place < 0 ? byHost.get(result.host) ?? verdict : second[place] ?? verdict;
    });
  }

  async #postBatch(results: readonly PingResult[], signal: AbortSignal): Promise<readonly Verdict[]> {
    const body = { results: results.map(batched) };
    const answer = await this.#post(recordPingsPath(this.options.client), body, signal);
    if ("verdict" in answer) return results.map(() => answer);
    // The recorder at this address is another one now: ask again what it is before anything is given up.
    const changed = answer.status === 404 || answer.status === 405 || kindOf(answer) === "plain" && answer.status < 300;
    if (changed) return results.map(() => ({ verdict: "keep", reason: "it no longer speaks the extended contract" }));
    const verdict = this.#verdictOf(answer);
    if (verdict.verdict === "accept") return batchVerdicts(answer, results.length);
    if (verdict.verdict === "keep" || results.length === 1) return results.map(() => verdict);
    // Too large, or one result spoils the others: halves find out which, and cost few requests.
    const half = Math.ceil(results.length / 2);
    if (answer.status === 413) this.maxBatch = Math.min(this.maxBatch, half);
    const head = await this.#postBatch(results.slice(0, half), signal);
    return [...head, ...await this.#postBatch(results.slice(half), signal)];
  }

  async #list(signal: AbortSignal): Promise<{ readonly hosts: string[]; readonly kind: RecorderKind } | Keep> {
    const answer = await this.#ask("GET", IPS_PATH, undefined, signal, MAX_LIST_BYTES);
    if ("verdict" in answer) return answer;
    const verdict = this.#verdictOf(answer);
    if (verdict.verdict === "keep") return verdict;
    if (verdict.verdict === "reject") return { verdict: "keep", reason: `${verdict.reason} to GET ${IPS_PATH}` };
    const hosts = answer.complete ? registeredHosts(answer.text, this.options.client) : undefined;
    if (hosts === undefined) {
      return { verdict: "keep", reason: `it answers GET ${IPS_PATH} with something that is no list of targets` };
    }
    return { hosts, kind: kindOf(answer) };
  }

  async #registerAgain({ host, name }: PingResult, signal: AbortSignal): Promise<Verdict> {
    this.#registered.delete(host);
    return await this.#register({ host, ...(name === undefined ? {} : { name }) }, signal);
  }

  async #register(target: { readonly host: string; readonly name?: string }, signal: AbortSignal): Promise<Verdict> {
    const { client, log } = this.options;
    const refused = this.#refused.get(target.host);
    if (refused !== undefined) return { verdict: "reject", reason: refused };
    const answer = await this.#post(IPS_PATH, { ip: target.host, client }, signal);
    if ("verdict" in answer) return answer;
    const verdict = saysItExists(answer) ? ACCEPT : this.#verdictOf(answer);
    if (verdict.verdict === "accept") {
      this.#registered.add(target.host);
      log.info("registered {target} for {client}", { target: label(target), client });
    } else if (verdict.verdict === "reject") {
      this.#refused.set(target.host, `cannot register ${target.host}: ${verdict.reason}`);
      log.warn("recorder refuses to register {target}: {reason}", { target: label(target), reason: verdict.reason });
    }
    return verdict;
  }

  /**
   * Whether a success is one. A captive portal answers 200 with a page to anything: the first page is believed only
   * when the recorder also still lists its targets.
   */
  async #believe({ text }: Answer, signal: AbortSignal): Promise<Verdict> {
    if (this.#trustsHtml || !text.trimStart().startsWith("<")) return ACCEPT;
    const listed = await this.#list(signal);
    if ("verdict" in listed) return listed;
    this.#trustsHtml = true;
    return ACCEPT;
  }

  #sayKind(kind: RecorderKind): void {
    if (kind === this.#kind) return;
    this.#kind = kind;
    const { log, url, client } = this.options;
    const how = kind === "extended" ? "in batches" : "one by one";
    log.info("recorder {url} answers; results go there as {client}, {how}", { url, client, how });
  }

  #verdictOf(answer: Answer): Verdict {
    const wait = retryAfterMs(answer.headers.get("retry-after"), this.options.clock.now());
    return verdictOf(answer.status, { said: said(answer.text), ...(wait === undefined ? {} : { retryAfterMs: wait }) });
  }

  async #post(path: string, body: unknown, signal: AbortSignal): Promise<Answer | Keep> {
    return await this.#ask("POST", path, JSON.stringify(body), signal, MAX_ANSWER_BYTES);
  }

  async #ask(
    method: string,
    path: string,
    body: string | undefined,
    signal: AbortSignal,
    maxBytes: number,
  ): Promise<Answer | Keep> {
    const { url, clock, fetch = globalThis.fetch, timeoutMs = 10_000 } = this.options;
    const headers = {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
    };
    try {
      return await ask(url + path, { method, headers, ...(body === undefined ? {} : { body }) }, {
        fetch,
        clock,
        timeoutMs,
        maxBytes,
        signal,
      });
    } catch (error) {
      return { verdict: "keep", reason: `${url}: ${(error as Error).message}` };
    }
  }
}

function named({ name }: PingResult): { name?: string } {
  return name === undefined ? {} : { name };
}

function batched(result: PingResult): Record<string, unknown> {
  const cause = result.outcome === "reply" ? {} : { cause: result.cause };
  return {
    ip: result.host,
    ...named(result),
    latency_ms: latencyMs(result),
    at: new Date(result.at).toISOString(),
    ...cause,
  };
}

function isUnknown(verdict: Verdict | undefined): boolean {
  return verdict?.verdict === "reject" && verdict.reason === REASON_NOT_REGISTERED;
}
