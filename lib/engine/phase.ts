/** Up to this many targets are spread over a second only: whoever watches a handful of hosts wants to see them now. */
const FEW_TARGETS = 32;
const FEW_SPAN_MS = 1000;
/** Probes of a fleet that begin together: waking for each alone cost 4.2 ms of CPU a ping, for eight at once 2.9. */
const BATCH = 8;
const MAX_SLOT_MS = 250;

/**
 * Where `host` stands within `spanMs`: a hash of the host alone, so that it stays when other targets come and go, and
 * a fleet is spread evenly.
 * @returns at least 0 and below `spanMs`
 */
export function phaseMs(host: string, spanMs: number): number {
  // FNV-1a, then the last steps of MurmurHash3: without them, hosts that differ in the last digit lie side by side.
  let hash = 0x811c9dc5;
  for (let index = 0; index < host.length; index++) hash = Math.imul(hash ^ host.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32) * spanMs;
}

/** Over how long the phases of `count` targets are spread: a second for a few, the interval for a fleet. */
export function phaseSpanMs(count: number, intervalMs: number): number {
  return count <= FEW_TARGETS ? Math.min(intervalMs, FEW_SPAN_MS) : intervalMs;
}

/** The grid within the span of a fleet: fine enough that some `BATCH` targets share a place. None for a few targets. */
function slotMs(count: number, intervalMs: number): number {
  return count <= FEW_TARGETS ? 0 : Math.min(MAX_SLOT_MS, (BATCH * intervalMs) / count);
}

/** When `host` is due within its interval, as one of `count` targets. */
export function placeMs(host: string, count: number, intervalMs: number): number {
  const phase = phaseMs(host, phaseSpanMs(count, intervalMs));
  const slot = slotMs(count, intervalMs);
  return slot === 0 ? phase : Math.floor(phase / slot) * slot;
}
