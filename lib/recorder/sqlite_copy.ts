import type { CopySource } from "./copy.ts";
import { openSqlite } from "./sqlite_open.ts";
import { bytesOf, rollupKey } from "./sqlite_tables.ts";
import type { Track } from "./track.ts";

/**
 * Opens a SQLite file as the source of a copy.
 * @throws as `openSqliteStore`
 */
export function openSqliteSource(path: string): CopySource {
  const { db, writer } = openSqlite({ path });
  const { history } = writer;
  const tracks = [...writer.tracks()];
  const byId = new Map(tracks.map((track) => [track.series.id, track]));
  const trackOf = (id: number) => byId.get(id) as Track;
  return {
    name: path,
    rawFromMs: history.floors.raw,
    listSeries: () => tracks.map(({ series, pinned }) => ({ series, pinned })),
    results: (id, afterUs) => history.slices(trackOf(id), afterUs + 1, Infinity),
    *rollups(id, level, endMs) {
      if (endMs === -Infinity) return;
      for (const row of history.rollups(trackOf(id), level, 0, endMs)) {
        yield { block: Number(row.key) % rollupKey(1, 0), data: bytesOf(row) };
      }
    },
    count: () => tracks.reduce((sum, track) => sum + history.countRaw(track, 0, Infinity), 0),
    async close() {
      await writer.close();
      db.close();
    },
  };
}
