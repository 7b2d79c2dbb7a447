import type { LogRecord } from "@logtape/logtape";
import type { Clock } from "../clock.ts";

/** A message that comes again within this time of being said is counted and not written. */
const WINDOW_MS = 10_000;

/** Takes records and passes them on, repeated ones once with a count. */
export interface Repeats {
  take(record: LogRecord): void;
  /** Says a count that is still open. */
  flush(): void;
}

interface Open {
  readonly key: string;
  readonly until: number;
  /** The latest of the repeats: its time is the one that the count is said with. */
  latest: LogRecord;
  count: number;
  /** Ends the timer that says the count where nothing else is said. */
  readonly over: AbortController;
}

/**
 * Says a message and counts the same one (level, message and values) while nothing else is said; the count is written
 * before the next other message, and after 10 s at the latest. Errors are never held back.
 * @param say writes a record; `repeated` is 0 for the message itself, else how often it came again
 */
export function collapseRepeats(say: (record: LogRecord, repeated: number) => void, clock: Clock): Repeats {
  let open: Open | undefined;

  function flush(): void {
    const ended = open;
    open = undefined;
    ended?.over.abort();
    if (ended !== undefined && ended.count > 0) say(ended.latest, ended.count);
  }

  return {
    take(record) {
      const key = keyOf(record);
      if (open?.key === key && clock.monotonic() < open.until) {
        open.latest = record;
        if (++open.count === 1) flushLater(open);
        return;
      }
      flush();
      say(record, 0);
      if (record.level === "error" || record.level === "fatal") return;
      open = { key, until: clock.monotonic() + WINDOW_MS, latest: record, count: 0, over: new AbortController() };
    },
    flush,
  };

  function flushLater({ until, over }: Open): void {
    // Only where something was held back is there a timer: most messages come once.
    clock.sleep(until - clock.monotonic(), over.signal).then(() => over.signal.aborted ? undefined : flush());
  }
}

/** The filled-in message rather than its values: a value that JSON can't hold (a cycle) must not end the program. */
function keyOf({ level, message }: LogRecord): string {
  return `${level} ${message.map((part) => typeof part === "object" ? Deno.inspect(part) : String(part)).join("\0")}`;
}
