import type { PingResult } from "./result.ts";

/** A result in the outbox. `seq` grows by each push and names the entry as long as the outbox lives. */
export interface Entry {
  readonly seq: number;
  readonly result: PingResult;
}

/** Holds results until the recorder has them. Bounded: when it is full the oldest go, and are counted. */
export interface Outbox {
  /** Takes a result. Never waits and never throws: pinging does not stop for delivery. */
  push(result: PingResult): void;
  /** Up to `limit` entries with a `seq` above `after`, oldest first. They stay in the outbox. */
  read(limit: number, options?: { readonly after?: number }): readonly Entry[];
  /** Forgets an entry that was delivered or refused; false when it had already been dropped. */
  remove(seq: number): boolean;
  /** Results that wait. */
  readonly size: number;
  /** About how many bytes they take. */
  readonly bytes: number;
  /** Results that went because the outbox was full. */
  readonly dropped: number;
  /** The `seq` of the newest entry ever pushed; 0 before the first. */
  readonly lastSeq: number;
  /** Makes everything that was pushed as durable as this outbox can, and lets go of its files. */
  close(): void;
}

/** About what a result takes in memory: the fixed part was measured, the rest are its two texts. */
export function bytesOf({ host, name = "" }: PingResult): number {
  return 120 + host.length + name.length;
}
