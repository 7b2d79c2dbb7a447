import assert from "node:assert/strict";
import { type AppOptions, createApp } from "../../lib/recorder/app.ts";
import { openSqliteStore } from "../../lib/recorder/sqlite.ts";
import { FakeClock } from "../fake_clock.ts";

/** A recorder over a store in memory, with a clock that stands still. */
export function setUpApi(options: Partial<AppOptions> = {}) {
  const clock = new FakeClock();
  const store = openSqliteStore({ clock });
  const app = createApp({ store, clock, version: "1.2.3", ...options });
  const send = (method: string, path: string, body?: unknown, headers: HeadersInit = {}) =>
    app.fetch(
      new Request(`http://recorder${path}`, { method, headers, ...(body === undefined ? {} : { body: asBody(body) }) }),
    );
  return {
    app,
    clock,
    store,
    send,
    get: (path: string, headers: HeadersInit = {}) => send("GET", path, undefined, headers),
    post: (path: string, body: unknown, headers: HeadersInit = {}) => send("POST", path, body, headers),
    async close() {
      app.close();
      await store.close();
    },
  };
}

function asBody(body: unknown): BodyInit {
  return typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream
    ? body as BodyInit
    : JSON.stringify(body);
}

/** Checks that an answer is a problem as RFC 9457 has it, and returns its detail. */
export async function problem(answer: Promise<Response>, status: number): Promise<string> {
  const response = await answer;
  const body = await response.json();
  assert.equal(response.status, status, JSON.stringify(body));
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(response.headers.get("ping-recorder"), "1");
  assert.equal(body.status, status);
  assert.equal(typeof body.title, "string");
  assert.ok(!body.detail.includes("\n"));
  return body.detail;
}
