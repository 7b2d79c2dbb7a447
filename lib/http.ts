import type { Clock } from "./clock.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** An answer whose body was read as far as the bounds allowed. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** False where the body broke off, was too long or too slow: the status holds all the same. */
  readonly complete: boolean;
}

export interface AskOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** The whole exchange ends after this long, body included, in ms. */
  readonly timeoutMs: number;
  /** How much of the body is kept, in bytes. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * One HTTP exchange, bounded in time and size, redirects not followed.
 * @throws {Error} when no status came: its message is a short reason for people
 */
export async function ask(url: string, init: RequestInit, options: AskOptions): Promise<Answer> {
  const { fetch, clock, timeoutMs, maxBytes, signal } = options;
  const over = new AbortController();
  const ended = new AbortController();
  const cancel = () => over.abort(new Error("stopped"));
  if (signal.aborted) cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const timer = clock.sleep(timeoutMs, ended.signal).then(() => {
    if (!ended.signal.aborted) over.abort(new Error(`no answer within ${timeoutMs / 1000} s`));
  });
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: over.signal });
    return { status: response.status, headers: response.headers, ...await readBody(response, maxBytes) };
  } catch (error) {
    throw new Error(over.signal.aborted ? over.signal.reason.message : shortReason(error), { cause: error });
  } finally {
    ended.abort();
    signal.removeEventListener("abort", cancel);
    await timer;
  }
}

async function readBody(response: Response, maxBytes: number): Promise<{ text: string; complete: boolean }> {
  const reader = response.body?.getReader();
  if (reader === undefined) return { text: "", complete: true };
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return { text: text + decoder.decode(), complete: true };
      bytes += value.length;
      if (bytes > maxBytes) {
        await reader.cancel();
        return { text, complete: false };
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    return { text, complete: false };
  }
}

/** The innermost part of a network error, without addresses and error numbers: "Connection refused". */
function shortReason(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  const message = inner instanceof Error ? inner.message : String(inner);
  const last = message.split(": ").at(-1) ?? message;
  return last.replace(/\s*\(os error \d+\)/, "").toLowerCase();
}
