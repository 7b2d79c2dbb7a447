import assert from "node:assert/strict";
import { ownTexts, printed } from "../help_texts.ts";
import { has, said, withFile } from "./tools.ts";

Deno.test({
  name: "the unit for systemd passes systemd-analyze verify, and is exposed at 2.0 at most",
  ignore: !await has("systemd-analyze"),
  async fn() {
    const unit = await printed("assets", "systemd");
    // verify wants the program to be there.
    const runnable = unit.replaceAll("/usr/local/bin/ping-client", "/bin/true");
    assert.notEqual(runnable, unit);
    await withFile("ping-client.service", runnable, async (path) => {
      assert.equal(await said("systemd-analyze", "verify", "--man=no", path), "");
      const security = await said("systemd-analyze", "security", "--offline=true", "--no-pager", path);
      const exposure = Number(/exposure level for ping-client\.service: (\d+\.\d+)/.exec(security)?.[1]);
      assert.ok(exposure <= 2.0, security);
    });
  },
});

Deno.test("the unit for systemd starts the program with options that it has", async () => {
  const unit = await printed("assets", "systemd");
  const [, start = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
  const known = new Set(ownTexts().options.map(({ long }) => long));
  const used = start.split(" ").filter((word) => word.startsWith("--"));
  assert.ok(used.includes("--systemd"));
  for (const option of used) assert.ok(known.has(option), option);
  // SIGHUP reloads only where there is a file to read again; elsewhere it would end the program.
  assert.match(unit, /^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
  assert.ok(used.includes("--targets") || used.includes("--config"));
  // Three signs of life before systemd gives up.
  assert.match(unit, /^WatchdogSec=60$/m);
  assert.match(unit, /^NotifyAccess=all$/m);
  assert.match(unit, /^MemoryDenyWriteExecute=no$/m);
});
