import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { type Answer, ask, type Fetch } from "../../http.ts";
import { kindOf, registeredHosts } from "../../recorder_answers.ts";
import { IPS_PATH, recordPingsPath } from "../../recorder_contract.ts";
import type { CheckRow } from "./row.ts";

export interface RecorderCheckOptions {
  readonly config: Config;
  readonly token?: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** More than this between both clocks, in ms, shows in the charts. `Date` itself is whole seconds. */
const MAX_SKEW_MS = 5000;

/** Asks the recorder what it is, whether it takes the token, and what time it has. Changes nothing there. */
export async function checkRecorder(options: RecorderCheckOptions): Promise<CheckRow[]> {
  const { config: { recorderUrl: url, recorderGiven, client }, clock } = options;
  let answer: Answer;
  try {
    answer = await send(options, "GET", IPS_PATH);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const detail = `${url}: ${reason}`;
    if (!recorderGiven) return [{ check: "recorder", status: "ok", detail: `${detail}: the client hosts one there` }];
    return [{ check: "recorder", status: "fail", detail, advice: "start it, or give the right --recorder" }];
  }
  const now = clock.now();
  if (answer.status === 401 || answer.status === 403) {
    return [{ check: "recorder", status: "ok", detail: `${url} answers` }, refused(answer, options), skew(answer, now)];
  }
  if (answer.status !== 200 || !answer.complete || registeredHosts(answer.text, client) === undefined) {
    const detail = `${url} answers GET ${IPS_PATH} with ${answer.status} and no list of targets`;
    return [{ check: "recorder", status: "fail", detail, advice: "give the address of a recorder" }];
  }
  const kind = kindOf(answer);
  const takes = kind === "extended" ? "batches with times and causes" : "single results, stamped on arrival";
  const rows: CheckRow[] = [{ check: "recorder", status: "ok", detail: `${url} is ${kind}: it takes ${takes}` }];
  if (kind === "extended") rows.push(await checkWriting(options));
  else if (options.token !== undefined) rows.push({ check: "token", status: "ok", detail: "is taken for reading" });
  return [...rows, skew(answer, now)];
}

/** A batch of nothing stores nothing, and still needs the right to write. */
async function checkWriting(options: RecorderCheckOptions): Promise<CheckRow> {
  const { client } = options.config;
  try {
    const answer = await send(options, "POST", recordPingsPath(client), JSON.stringify({ results: [] }));
    if (answer.status === 401 || answer.status === 403) return refused(answer, options);
    const detail = options.token === undefined ? "none given, none asked for" : `is taken for ${client}`;
    return { check: "token", status: "ok", detail };
  } catch (error) {
    return { check: "token", status: "fail", detail: error instanceof Error ? error.message : String(error) };
  }
}

function refused({ status }: Answer, { token, config: { client } }: RecorderCheckOptions): CheckRow {
  return {
    check: "token",
    status: "fail",
    detail: token === undefined ? `the recorder asks for one (${status})` : `is refused for ${client} (${status})`,
    advice: token === undefined ? "give --token-file" : "put a token of the recorder's --token-file into yours",
  };
}

function skew({ headers }: Answer, now: number): CheckRow {
  const there = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(there)) return { check: "clock", status: "ok", detail: "the recorder tells no time to compare" };
  const ahead = now - there;
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const detail = `${seconds} s ${ahead < 0 ? "behind" : "ahead of"} the recorder's`;
  if (Math.abs(ahead) <= MAX_SKEW_MS) return { check: "clock", status: "ok", detail };
  return { check: "clock", status: "warn", detail, advice: "let NTP set both clocks: results carry this one's time" };
}

async function send(options: RecorderCheckOptions, method: string, path: string, body?: string): Promise<Answer> {
  const { config, token, fetch, clock, signal } = options;
  const headers = {
    accept: "application/json",
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  return await ask(config.recorderUrl + path, init, {
    fetch,
    clock,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    signal,
  });
}
