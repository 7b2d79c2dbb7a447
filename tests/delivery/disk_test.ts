import assert from "node:assert/strict";
import { createSqliteOutbox } from "../../lib/outbox/sqlite.ts";
import { replyNumber } from "../contract/outbox_suite.ts";
import { FakeClock } from "../fake_clock.ts";
import { memoryLog } from "../memory_log.ts";
import { say } from "../say.ts";

async function shell(script: string): Promise<boolean> {
  return (await new Deno.Command("sh", { args: ["-c", script], stdout: "null", stderr: "null" }).output()).success;
}

/** A disk of the test's own, of the size that it needs. */
async function withDisk(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  await shell(`mount -t tmpfs -o size=256k none ${folder}`);
  try {
    await body(folder);
  } finally {
    await shell(`umount ${folder}`);
    await Deno.remove(folder);
  }
}

const mayMount = await shell("d=$(mktemp -d) && mount -t tmpfs none $d && umount $d; s=$?; rmdir $d; exit $s");
if (!mayMount) say("skipped: tests of a full and of a read-only disk: they need root to mount one");

const numbers = (outbox: ReturnType<typeof createSqliteOutbox>) =>
  outbox.read(1_000_000).map(({ result }) => result.at - 1_700_000_000_000);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

Deno.test({
  name: "sqlite outbox on a full disk keeps what it has, waits in memory, and returns to disk when there is room",
  ignore: !mayMount,
  fn: () =>
    withDisk(async (folder) => {
      const clock = new FakeClock();
      const { log, lines } = memoryLog();
      const path = `${folder}/spool.db`;
      const outbox = createSqliteOutbox({ path, clock, log });
      for (let n = 1; n <= 30_000; n++) {
        outbox.push(replyNumber(n));
        if (n % 1000 === 0) await clock.advance(1000);
      }
      assert.equal(outbox.size, 30_000);
      assert.equal(lines.filter((line) => /can't be written/.test(line)).length, 1, lines.join("\n"));
      assert.deepEqual(numbers(outbox), range(1, 30_000));
      for (const { seq } of outbox.read(100)) assert.ok(outbox.remove(seq));
      assert.ok(await shell(`mount -o remount,size=64m ${folder}`));
      await clock.advance(60_000);
      assert.equal(lines.filter((line) => /can be written again/.test(line)).length, 1, lines.join("\n"));
      assert.deepEqual(numbers(outbox), range(101, 30_000));
      outbox.close();
      const again = createSqliteOutbox({ path, clock, log });
      assert.deepEqual(numbers(again), range(101, 30_000));
      again.close();
    }),
});

Deno.test({
  name: "sqlite outbox on a disk that becomes read-only says so once, goes on in memory, and doubles nothing",
  ignore: !mayMount,
  fn: () =>
    withDisk(async (folder) => {
      const clock = new FakeClock();
      const { log, lines } = memoryLog();
      await shell(`mount -o remount,size=8m ${folder}`);
      const path = `${folder}/spool.db`;
      createSqliteOutbox({ path, clock, log }).close();
      assert.ok(await shell(`mount -o remount,ro ${folder}`));
      const outbox = createSqliteOutbox({ path, clock, log });
      for (let n = 1; n <= 5000; n++) outbox.push(replyNumber(n));
      await clock.advance(120_000);
      assert.deepEqual(numbers(outbox), range(1, 5000));
      assert.equal(lines.filter((line) => /can't be written/.test(line)).length, 1, lines.join("\n"));
      assert.ok(await shell(`mount -o remount,rw ${folder}`));
      await clock.advance(60_000);
      assert.deepEqual(numbers(outbox), range(1, 5000));
      outbox.close();
      const again = createSqliteOutbox({ path, clock, log });
      assert.deepEqual(numbers(again), range(1, 5000));
      again.close();
    }),
});
