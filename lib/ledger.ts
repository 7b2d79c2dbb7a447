import type { Drain, DrainCounts } from "./drain.ts";
import type { Log } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import type { PingResult } from "./result.ts";

/** What a run did. Always: measured = delivered + waiting + rejected + dropped. */
export interface Summary {
  /** Results of this run, and those that an earlier run had left in the outbox. */
  readonly measured: number;
  readonly delivered: number;
  readonly waiting: number;
  readonly rejected: number;
  readonly dropped: number;
  /** Among the measured: not answered. */
  readonly lost: number;
  /** Among the measured: not measured after all. */
  readonly failed: number;
  /** Among the measured: left by an earlier run. */
  readonly carried: number;
}

/** Keeps the books of one client. */
export interface Ledger {
  count(result: PingResult): void;
  summary(): Summary;
}

const NOTHING: DrainCounts = { delivered: 0, rejected: 0, droppedLate: 0, rescued: 0 };

/** Opens the books over an outbox, before anything is pushed to it. */
export function openLedger(outbox: Outbox, drain: Drain | undefined): Ledger {
  const carried = outbox.size;
  const droppedBefore = outbox.dropped;
  let measured = carried;
  const answers = { reply: 0, lost: 0, failed: 0 };
  return {
    count({ outcome }) {
      measured++;
      answers[outcome]++;
    },
    summary() {
      const { delivered, rejected, droppedLate, rescued } = drain?.counts ?? NOTHING;
      const dropped = outbox.dropped - droppedBefore - rescued + droppedLate;
      return {
        measured,
        delivered,
        waiting: outbox.size,
        rejected,
        dropped,
        lost: answers.lost,
        failed: answers.failed,
        carried,
      };
    },
  };
}

/** Says the books in one line that begins with `word`. */
export function sayLedger(log: Log, word: string, summary: Summary): void {
  const carried = summary.carried === 0 ? "" : ", {carried} left by an earlier run";
  log.info(
    `${word}: {measured} measured ({lost} lost, {failed} failed${carried}), ` +
      "{delivered} delivered, {waiting} waiting, {rejected} rejected, {dropped} dropped",
    { ...summary },
  );
}
