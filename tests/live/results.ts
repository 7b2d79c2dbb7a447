import type { Failed, Lost, Reply } from "../../lib/result.ts";

const AT = Date.UTC(2026, 0, 1);

/** Results for tests of what is made of results. */
export function reply(rttMs: number, host = "192.0.2.1"): Reply {
  return { outcome: "reply", host, at: AT, rttMs };
}

export function lost(host = "192.0.2.1"): Lost {
  return { outcome: "lost", host, at: AT, cause: "timeout" };
}

export function failed(host = "192.0.2.1"): Failed {
  return { outcome: "failed", host, at: AT, cause: "overload" };
}
