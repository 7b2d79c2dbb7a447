import axe from "axe-core";
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { pageTest } from "./browser_test_case.ts";
import { HABITS, historyOf } from "./sample_history.ts";
import type { TestRecorder } from "./recorder.ts";

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

async function fill(recorder: TestRecorder): Promise<void> {
  for (const [client, habits] of Object.entries(HABITS)) {
    await recorder.record(client, [
      ...historyOf(habits, { nowMs: Date.now(), lengthMs: 7_200_000, intervalMs: 20_000 }),
    ]);
  }
  const lost = { ip: "198.51.100.7", latency_ms: null, cause: "timeout" };
  const at = (index: number) => new Date(Date.now() + index).toISOString();
  await recorder.record("berlin-1", [1, 2, 3, 4].map((index) => ({ ...lost, at: at(index) })));
}

async function audit(page: Page): Promise<void> {
  // The checker is brought in past the policy, which it would not pass: it is no part of the page.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run(document)") as { violations: Finding[] };
  const told = violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map((node) => node.html) }));
  assert.deepEqual(told, []);
}

for (const colorScheme of ["light", "dark"] as const) {
  for (
    const [name, hash, ready] of [
      ["empty page", "", "#curl"],
      ["overview", "", ".rows .row"],
      ["grouped overview", "#/?group=1", ".group-row"],
      ["target view", "#/target/berlin-1/198.51.100.7?range=1h&with=lisbon-2", ".outages tbody tr"],
    ] as const
  ) {
    pageTest(`axe finds nothing in the ${name}, ${colorScheme}`, async ({ page, recorder, open }) => {
      if (name !== "empty page") await fill(recorder);
      await open(hash);
      await page.locator(ready).first().waitFor();
      await audit(page);
    }, { colorScheme });
  }
}

pageTest("axe finds nothing on a phone", async ({ page, recorder, open }) => {
  await fill(recorder);
  await open();
  await page.locator(".rows .row").first().waitFor();
  await audit(page);
  await open("#/target/berlin-1/198.51.100.99?range=1h");
  await page.locator(".outages tbody tr").first().waitFor();
  await audit(page);
}, { width: 360, height: 720 });
