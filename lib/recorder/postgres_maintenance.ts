import type { Query, Sql } from "./postgres_connect.ts";
import { dayOf, dayStartMs, listDays, type PostgresDays, tableOf } from "./postgres_days.ts";
import { tableOf as rollupTableOf } from "./postgres_folder.ts";
import { lock, tryLock } from "./postgres_schema.ts";
import type { Retention } from "./retention.ts";
import { blockMs, LEVELS } from "./rollup.ts";

const HOUR_MS = 3_600_000;

/** So many days are made ahead, so that midnight costs nothing, nor does a client whose clock is a day ahead. */
const DAYS_AHEAD = 2;

/** Makes the partitions of today and of the days to come. */
export async function makeDaysAhead(days: PostgresDays, nowMs: number): Promise<void> {
  const today = dayOf(nowMs * 1000);
  await days.ensure(Array.from({ length: DAYS_AHEAD + 1 }, (_, i) => today + i), nowMs);
}

/** Drops what the retention no longer keeps. Only one recorder at a time does so; it must have folded what is stored. */
export class PostgresRetention {
  #droppedHour = -1;

  constructor(private readonly sql: Sql, private readonly days: PostgresDays, private readonly retention: Retention) {}

  async drop(nowMs: number): Promise<void> {
    const hour = Math.floor(nowMs / HOUR_MS);
    if (hour === this.#droppedHour) return;
    const rawMs = dayStartMs(dayOf((nowMs - this.retention.rawMs) * 1000));
    const done = await this.sql.begin(async (tx) => {
      if (!await tryLock(tx, "fold")) return false;
      // Before anything is dropped, in the same transaction: nobody must take a result for new that was counted.
      await raiseFloor(tx, "raw", rawMs);
      await lock(tx, "days");
      // A long export must not make posts wait behind this: then it is tried again.
      await tx`SET LOCAL lock_timeout = '3s'`;
      for (const day of await listDays(tx)) {
        if (dayStartMs(day) < rawMs) await tx.unsafe(`DROP TABLE ${tableOf(day)}`);
      }
      // Results that came late stay as long as others after they came: so long they may be sent again.
      await tx`DELETE FROM late_results WHERE heard_ms < ${nowMs - this.retention.rawMs}`;
      for (const level of LEVELS) {
        const keepMs = level.name === "1m" ? this.retention.minuteMs : this.retention.hourMs;
        const block = Math.floor((nowMs - keepMs) / blockMs(level));
        await raiseFloor(tx, level.name, block * blockMs(level));
        await tx`DELETE FROM ${tx.unsafe(rollupTableOf(level))} WHERE block < ${block}`;
      }
      return true;
    });
    if (!done) return;
    await this.days.refresh();
    this.#droppedHour = hour;
  }
}

async function raiseFloor(sql: Query, name: string, ms: number): Promise<void> {
  await sql`INSERT INTO floors (name, ms) VALUES (${name}, ${ms})
    ON CONFLICT (name) DO UPDATE SET ms = greatest(floors.ms, excluded.ms)`;
}
