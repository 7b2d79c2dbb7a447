import assert from "node:assert/strict";
import { systemClock } from "../../lib/clock.ts";
import { watchFiles } from "../../lib/cli/watch_files.ts";
import { eventually } from "../process.ts";

/** How a file changes, by the program that changes it. */
const CHANGES: Readonly<Record<string, (path: string) => Promise<void>>> = {
  "written": (path) => Deno.writeTextFile(path, "new"),
  "replaced, as editors do": async (path) => {
    await Deno.writeTextFile(`${path}.tmp`, "new");
    await Deno.rename(`${path}.tmp`, path);
  },
  "moved away and written anew": async (path) => {
    await Deno.rename(path, `${path}~`);
    await Deno.writeTextFile(path, "new");
  },
};

for (const [how, change] of Object.entries(CHANGES)) {
  Deno.test(`watchFiles notices a file that is ${how}, again and again, until it is told to stop`, async () => {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/config.yaml`;
    await Deno.writeTextFile(path, "old");
    const stop = new AbortController();
    let changes = 0;
    const watching = watchFiles([path], () => changes++, { clock: systemClock, signal: stop.signal, settleMs: 20 });
    // Until it listens, nothing is noticed; a change of the file itself shows that it does.
    await eventually(async () => {
      await Deno.writeTextFile(path, "begun");
      return changes > 0 ? true : undefined;
    });
    for (let time = 0; time < 3; time++) {
      const before = changes;
      await eventually(async () => {
        await change(path);
        return changes > before ? true : undefined;
      });
    }
    stop.abort();
    await watching;
    const after = changes;
    await Deno.writeTextFile(path, "late");
    assert.equal(changes, after);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("watchFiles ends at once where it was told to stop before", async () => {
  await watchFiles(["/nowhere/x"], () => {}, { clock: systemClock, signal: AbortSignal.abort() });
});
