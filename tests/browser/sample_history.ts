import type { SentResult } from "./recorder.ts";

/** How one target behaves, in ms and parts of 1. */
export interface Habit {
  readonly ip: string;
  readonly name?: string;
  readonly baseMs: number;
  readonly spreadMs: number;
  /** How much slower at the busiest time of the day, as a part of the base. */
  readonly evening?: number;
  readonly loss?: number;
  /** Spans in which something is wrong, in minutes before now. `partly`: this part is lost. */
  readonly troubles?: readonly {
    readonly from: number;
    readonly to: number;
    readonly cause?: string;
    readonly partly?: number;
    readonly slower?: number;
    readonly silent?: boolean;
  }[];
}

/** Numbers from 0 to 1, the same ones for the same seed: the next one is the old one times a number, modulo a prime. */
export function seeded(seed: number): () => number {
  const prime = 2_147_483_647;
  let state = seed * 7919 % prime || 1;
  return () => {
    state = state * 48_271 % prime;
    return state / prime;
  };
}

/** One result of a target at a time, or undefined while its client is silent. */
export function resultAt(habit: Habit, atMs: number, nowMs: number, random: () => number): SentResult | undefined {
  const { ip, name, baseMs, spreadMs, evening = 0, loss = 0, troubles = [] } = habit;
  const minutesAgo = (nowMs - atMs) / 60_000;
  const trouble = troubles.find(({ from, to }) => minutesAgo <= from && minutesAgo > to);
  if (trouble?.silent) return undefined;
  const at = new Date(atMs).toISOString();
  const missing = (cause: string) => ({ ip, name, at, latency_ms: null, cause });
  if (trouble !== undefined && trouble.slower === undefined && trouble.partly === undefined) {
    return missing(trouble.cause ?? "timeout");
  }
  if (random() < (trouble?.partly ?? loss)) return missing("timeout");
  const hour = new Date(atMs).getUTCHours() + new Date(atMs).getUTCMinutes() / 60;
  const busy = Math.max(0, Math.cos((hour - 20) / 24 * 2 * Math.PI)) ** 2;
  const queue = -Math.log(1 - random() * 0.999) * spreadMs * (1 + busy * 3 * evening);
  const spike = random() < 0.002 ? baseMs * 1.5 * random() : 0;
  const wander = Math.sin(atMs / 4_700_000) * spreadMs * 0.3 + Math.sin(atMs / 611_000) * spreadMs * 0.15;
  const ms = (baseMs + wander) * (1 + evening * busy) * (trouble?.slower ?? 1) + queue + spike;
  return { ip, name, at, latency_ms: Math.round(Math.max(ms, 0.02) * 1000) / 1000 };
}

/** A small company's view of the world. Addresses are those set aside for documents. */
export const HABITS: Readonly<Record<string, readonly Habit[]>> = {
  "berlin-1": [
    { ip: "192.0.2.1", name: "office router", baseMs: 0.62, spreadMs: 0.12 },
    {
      ip: "198.51.100.7",
      name: "shop, Frankfurt",
      baseMs: 9.4,
      spreadMs: 0.9,
      evening: 0.5,
      loss: 0.002,
      troubles: [
        { from: 960, to: 938 },
        { from: 610, to: 540, partly: 0.12, slower: 1.7 },
        { from: 300, to: 286, cause: "no-engine" },
        { from: 200, to: 180, partly: 0.4, slower: 2.1 },
        { from: 44, to: 40, partly: 0.3, slower: 1.4 },
      ],
    },
    { ip: "203.0.113.20", name: "backup, Dublin", baseMs: 31, spreadMs: 1.5, evening: 0.2, loss: 0.001 },
    { ip: "2001:db8::53", name: "resolver", baseMs: 4.1, spreadMs: 0.5 },
    { ip: "198.51.100.99", name: "VPN gateway", baseMs: 17, spreadMs: 2.2, troubles: [{ from: 26, to: -99 }] },
    { ip: "vault.example.org", baseMs: 96, spreadMs: 3, evening: 0.1, loss: 0.02 },
  ],
  "lisbon-2": [
    { ip: "192.0.2.129", name: "office router", baseMs: 0.48, spreadMs: 0.1 },
    {
      ip: "198.51.100.7",
      name: "shop, Frankfurt",
      baseMs: 38,
      spreadMs: 2.1,
      evening: 0.25,
      loss: 0.004,
      troubles: [{ from: 610, to: 560, partly: 0.2, slower: 1.2 }],
    },
    { ip: "203.0.113.20", name: "backup, Dublin", baseMs: 44, spreadMs: 1.8, evening: 0.3 },
    {
      ip: "mail.example.net",
      name: "mail",
      baseMs: 22,
      spreadMs: 1,
      troubles: [{ from: 9, to: -99, cause: "unresolved" }],
    },
  ],
  "tokyo-3": [
    { ip: "198.51.100.7", name: "shop, Frankfurt", baseMs: 228, spreadMs: 4, evening: 0.05, loss: 0.006 },
    { ip: "203.0.113.77", name: "warehouse", baseMs: 12, spreadMs: 3, evening: 1.1, loss: 0.012 },
    {
      ip: "203.0.113.78",
      name: "cash desk 1",
      baseMs: 6.3,
      spreadMs: 1.1,
      troubles: [{ from: 75, to: -99, silent: true }],
    },
    { ip: "203.0.113.79", name: "cash desk 2", baseMs: 6.1, spreadMs: 0.9, loss: 0.001 },
  ],
};

/** A client's history, oldest first: a round every `intervalMs` for `lengthMs` until `nowMs`. */
export function* historyOf(
  habits: readonly Habit[],
  { nowMs, lengthMs, intervalMs, seed = 1 }: {
    readonly nowMs: number;
    readonly lengthMs: number;
    readonly intervalMs: number;
    readonly seed?: number;
  },
): Generator<SentResult> {
  const random = seeded(seed);
  for (let atMs = nowMs - lengthMs; atMs <= nowMs; atMs += intervalMs) {
    for (const [index, habit] of habits.entries()) {
      const result = resultAt(habit, atMs + index * 37, nowMs, random);
      if (result !== undefined) yield result;
    }
  }
}
