import type { Track } from "./track.ts";

/** All tracks, found by id and by (client, ip), in the order of their ids. */
export class TrackTable {
  readonly #byId = new Map<number, Track>();
  readonly #byClient = new Map<string, Map<string, Track>>();

  get size(): number {
    return this.#byId.size;
  }

  all(): IterableIterator<Track> {
    return this.#byId.values();
  }

  byId(id: number): Track | undefined {
    return this.#byId.get(id);
  }

  find(client: string, ip: string): Track | undefined {
    return this.#byClient.get(client)?.get(ip);
  }

  add(track: Track): void {
    const { id, client, ip } = track.series;
    this.#byId.set(id, track);
    const ofClient = this.#byClient.get(client) ?? new Map<string, Track>();
    this.#byClient.set(client, ofClient.set(ip, track));
  }

  delete({ series: { id, client, ip } }: Track): void {
    this.#byId.delete(id);
    const ofClient = this.#byClient.get(client);
    ofClient?.delete(ip);
    if (ofClient?.size === 0) this.#byClient.delete(client);
  }
}
