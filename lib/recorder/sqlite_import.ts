import type { DatabaseSync } from "node:sqlite";
import type { SqliteHistory } from "./sqlite_history.ts";
import type { Track } from "./track.ts";

/** Moves the results of the first schema into blocks. Call it in the transaction that changes the schema. */
export function importOldResults(db: DatabaseSync, history: SqliteHistory, tracks: Iterable<Track>): void {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'results'").get() === undefined) return;
  const read = db.prepare("SELECT at_us, value FROM results WHERE series = ? AND at_us > ? ORDER BY at_us LIMIT 50000");
  for (const track of tracks) {
    for (let lastUs = -1;;) {
      const rows = read.all(track.series.id, lastUs);
      if (rows.length === 0) break;
      for (const row of rows) {
        track.tail.insert(Number(row.at_us), Number(row.value));
        track.scan(Number(row.at_us), Number(row.value));
      }
      lastUs = Number(rows.at(-1)?.at_us);
      history.fold(track, lastUs / 1000);
      history.folded(track);
    }
  }
  db.exec("DROP TABLE results");
}
