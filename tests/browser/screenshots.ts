// deno-lint-ignore-file no-console -- says what it wrote
// Makes the pictures of the page in tests/browser/pictures: deno run --allow-all tests/browser/screenshots.ts [NAME …]
import { openBrowser, type OpenOptions } from "./browser.ts";
import { startRecorder } from "./recorder.ts";
import { HABITS, historyOf } from "./sample_history.ts";

/** A little less than what a recorder in memory keeps. */
const HISTORY_MS = 86_000_000;
const SHOP = "#/target/berlin-1/198.51.100.7?range=24h";

interface Picture extends OpenOptions {
  readonly hash: string;
  /** Part of the width and the height of the chart where the cursor stands. */
  readonly pointAt?: readonly [number, number];
}

const PICTURES: Readonly<Record<string, Picture>> = {
  "overview-light": { hash: "", width: 1160, height: 860 },
  "overview-dark": { hash: "#/?group=1", width: 1160, height: 860, colorScheme: "dark" },
  "target-light": { hash: SHOP, width: 1100, height: 1000 },
  "target-dark": { hash: SHOP, width: 1100, height: 1000, colorScheme: "dark", pointAt: [0.62, 0.5] },
  "clients-light": { hash: `${SHOP}&with=lisbon-2`, width: 1100, height: 920, pointAt: [0.6, 0.5] },
  "phone-overview": { hash: "", width: 360, height: 900, scale: 1.5 },
  "phone-target": { hash: SHOP, width: 360, height: 900, scale: 1.5, colorScheme: "dark" },
};

const recorder = startRecorder();
const nowMs = Date.now();
for (const [seed, [client, habits]] of Object.entries(HABITS).entries()) {
  const history = [...historyOf(habits, { nowMs, lengthMs: HISTORY_MS, intervalMs: 10_000, seed: seed + 3 })];
  await recorder.record(client, history);
}
for (const [name, { hash, pointAt, ...options }] of Object.entries(PICTURES)) {
  if (Deno.args.length > 0 && !Deno.args.includes(name)) continue;
  const { browser, page, complaints } = await openBrowser(options);
  await page.goto(`${recorder.origin}/${hash}`);
  const numbers = page.locator(hash.includes("target") ? ".figures tbody td" : ".rows .number b");
  await numbers.filter({ hasText: /\d/ }).first().waitFor();
  const box = pointAt && await page.locator(".u-over").boundingBox();
  if (box) await page.mouse.move(box.x + box.width * pointAt[0], box.y + box.height * pointAt[1]);
  // Two frames: what the cursor stands at is drawn in the second.
  await page.evaluate("new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))");
  const path = new URL(`pictures/${name}.png`, import.meta.url).pathname;
  await page.screenshot({ path });
  await browser.close();
  console.log(`${name}: ${Math.round((await Deno.stat(path)).size / 1024)} KiB`, ...complaints);
}
await recorder.close();
