import assert from "node:assert/strict";
import { createSqliteOutbox, ROW_BYTES, type SqliteOutboxOptions } from "../../lib/outbox/sqlite.ts";
import type { Outbox } from "../../lib/outbox.ts";
import { FakeClock } from "../fake_clock.ts";
import { memoryLog } from "../memory_log.ts";
import { type OutboxBounds, replyNumber, testOutbox } from "../contract/outbox_suite.ts";

const folder = await Deno.makeTempDir({ prefix: "spool-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
let files = 0;
const fresh = () => `${folder}/spool-${files++}.db`;

testOutbox("sqlite outbox", (bounds: OutboxBounds = {}) => createSqliteOutbox({ path: fresh(), ...bounds }));

interface Scene {
  readonly outbox: Outbox;
  readonly clock: FakeClock;
  readonly lines: string[];
  readonly path: string;
  reopen(): Scene;
}

function scene(options: Partial<SqliteOutboxOptions> = {}): Scene {
  const path = options.path ?? fresh();
  const clock = new FakeClock();
  const { log, lines } = memoryLog();
  const outbox = createSqliteOutbox({ path, clock, log, ...options });
  return {
    outbox,
    clock,
    lines,
    path,
    reopen() {
      outbox.close();
      return scene({ ...options, path });
    },
  };
}

function fill(outbox: Outbox, from: number, to: number): void {
  for (let n = from; n <= to; n++) outbox.push(replyNumber(n));
}

const numbers = (outbox: Outbox) => outbox.read(1_000_000).map(({ result }) => result.at - 1_700_000_000_000);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

Deno.test("sqlite outbox keeps order, seqs and every kind of result across a restart", () => {
  const first = scene();
  fill(first.outbox, 1, 3);
  first.outbox.push({ outcome: "lost", host: "h", name: "n", at: 5, cause: "unreachable" });
  first.outbox.push({ outcome: "failed", host: "h", at: 6, cause: "suspended" });
  const before = first.outbox.read(10);
  const second = first.reopen();
  assert.deepEqual(second.outbox.read(10), before);
  assert.equal(second.outbox.size, 5);
  second.outbox.push(replyNumber(7));
  assert.ok((second.outbox.read(10).at(-1)?.seq ?? 0) > (before.at(-1)?.seq ?? 0));
  second.outbox.close();
});

Deno.test("sqlite outbox writes nothing that is delivered at once, and everything that waits for a second", async () => {
  const s = scene();
  const log = () => Deno.statSync(`${s.path}-wal`).size;
  const before = log();
  for (let n = 0; n < 20; n++) {
    s.outbox.push(replyNumber(n));
    await s.clock.advance(300);
    for (const { seq } of s.outbox.read(10)) assert.ok(s.outbox.remove(seq));
  }
  assert.equal(log(), before, "the disk must stay untouched");
  s.outbox.push(replyNumber(99));
  await s.clock.advance(1000);
  assert.ok(log() > before);
  s.outbox.close();
});

Deno.test("sqlite outbox removes across memory and disk, once each, and remembers it after a restart", async () => {
  const s = scene();
  fill(s.outbox, 1, 4);
  await s.clock.advance(1000);
  fill(s.outbox, 5, 6);
  const seqs = s.outbox.read(10).map(({ seq }) => seq);
  for (const index of [1, 2, 4]) {
    assert.ok(s.outbox.remove(seqs[index] ?? 0));
    assert.ok(!s.outbox.remove(seqs[index] ?? 0));
  }
  assert.deepEqual(numbers(s.outbox), [1, 4, 6], "removed, though still on disk");
  await s.clock.advance(1000);
  assert.ok(!s.outbox.remove(seqs[1] ?? 0));
  assert.deepEqual(numbers(s.outbox), [1, 4, 6]);
  const again = s.reopen();
  assert.deepEqual(numbers(again.outbox), [1, 4, 6]);
  again.outbox.close();
});

Deno.test("sqlite outbox lets no second process in, and says so", () => {
  const s = scene();
  assert.throws(() => createSqliteOutbox({ path: s.path }), {
    name: "SpoolError",
    message: `Cannot use the spool '${s.path}': another ping-client has it open`,
  });
  s.outbox.close();
  createSqliteOutbox({ path: s.path }).close();
});

Deno.test("sqlite outbox refuses a folder that does not exist", () => {
  assert.throws(() => createSqliteOutbox({ path: `${folder}/no/such/spool.db` }), {
    name: "SpoolError",
    message: /must be a file in a folder that exists/,
  });
});

const DAMAGE: Record<string, (path: string) => void> = {
  "garbage": (path) => Deno.writeTextFileSync(path, "garbage ".repeat(2000)),
  "a file that was cut": (path) => Deno.truncateSync(path, 5000),
  "another program's database": (path) => {
    Deno.writeFileSync(path, Deno.readFileSync(path).map((byte, n) => n >= 68 && n < 72 ? 0 : byte));
  },
  "a later version": (path) => {
    Deno.writeFileSync(path, Deno.readFileSync(path).map((byte, n) => n === 63 ? 99 : byte));
  },
};

for (const [what, damage] of Object.entries(DAMAGE)) {
  Deno.test(`sqlite outbox sets ${what} aside at the start, says so once, and goes on`, () => {
    const s = scene();
    fill(s.outbox, 1, 2000);
    s.outbox.close();
    damage(s.path);
    const next = scene({ path: s.path });
    assert.equal(next.outbox.size, 0);
    fill(next.outbox, 1, 10);
    assert.equal(next.outbox.size, 10);
    assert.equal(next.lines.length, 1, next.lines.join("\n"));
    const [, aside = ""] = /it now stands as (\S+),/.exec(next.lines[0] ?? "") ?? [];
    assert.ok(Deno.statSync(aside).size > 0);
    assert.deepEqual(numbers(next.reopen().outbox).length, 10);
  });
}

Deno.test("sqlite outbox that is overwritten while running sets it aside, counts what was in it, and goes on", async () => {
  for (const damage of [DAMAGE["garbage"], (path: string) => Deno.truncateSync(path, 0)]) {
    const s = scene();
    fill(s.outbox, 1, 5000);
    await s.clock.advance(1000);
    damage?.(s.path);
    fill(s.outbox, 5001, 5010);
    await s.clock.advance(1000);
    assert.equal(s.outbox.size + s.outbox.dropped, 5010);
    assert.deepEqual(numbers(s.outbox), range(5001, 5010));
    assert.equal(s.lines.filter((line) => /damaged/.test(line)).length, 1, s.lines.join("\n"));
    const again = s.reopen();
    assert.deepEqual(numbers(again.outbox), range(5001, 5010));
    again.outbox.close();
  }
});

Deno.test("sqlite outbox whose file is removed while running writes it anew with all that waits", async () => {
  const s = scene();
  fill(s.outbox, 1, 100);
  await s.clock.advance(1000);
  const [first] = s.outbox.read(1);
  s.outbox.remove(first?.seq ?? 0);
  Deno.removeSync(s.path);
  fill(s.outbox, 101, 110);
  await s.clock.advance(1000);
  assert.deepEqual(numbers(s.outbox), range(2, 110));
  assert.equal(s.lines.filter((line) => /was removed/.test(line)).length, 1, s.lines.join("\n"));
  const again = s.reopen();
  assert.deepEqual(numbers(again.outbox), range(2, 110));
  again.outbox.close();
});

Deno.test("sqlite outbox drops the oldest in steps and says it once a minute", async () => {
  const s = scene({ maxResults: 1000 });
  fill(s.outbox, 1, 2500);
  assert.ok(s.outbox.size <= 1000 && s.outbox.size > 950, String(s.outbox.size));
  assert.equal(s.outbox.size + s.outbox.dropped, 2500);
  assert.deepEqual(numbers(s.outbox), range(2501 - s.outbox.size, 2500));
  assert.equal(s.lines.length, 1);
  await s.clock.advance(61_000);
  fill(s.outbox, 2501, 2600);
  assert.equal(s.lines.length, 2);
  s.outbox.close();
});

Deno.test("sqlite outbox takes no more disk a result than it counts, and gives it back when it is empty", async () => {
  const s = scene();
  for (let n = 0; n < 100_000; n++) s.outbox.push(replyNumber(n, `192.0.2.${n % 250}`));
  await s.clock.advance(1000);
  s.outbox.close();
  const full = Deno.statSync(s.path).size;
  assert.ok(full <= 100_000 * ROW_BYTES, `${full / 100_000} bytes a result`);
  const next = scene({ path: s.path });
  for (const { seq } of next.outbox.read(100_000)) next.outbox.remove(seq);
  await next.clock.advance(1000);
  next.outbox.close();
  assert.ok(Deno.statSync(s.path).size < full / 20, `${Deno.statSync(s.path).size} bytes left`);
});
