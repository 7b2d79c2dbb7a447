/// <reference lib="dom" />
import assert from "node:assert/strict";
import { pageTest } from "./browser_test_case.ts";

const replies = (ip: string, many: number, name?: string) =>
  Array.from({ length: many }, (_, index) => ({
    ip,
    name,
    latency_ms: 10 + index % 3,
    at: new Date(Date.now() - (many - index) * 1000).toISOString(),
  }));

const losses = (ip: string, many: number, cause = "timeout") =>
  replies(ip, many).map((result) => ({ ...result, latency_ms: null, cause }));

pageTest("page shows the first result as soon as it comes", async ({ page, recorder, open }) => {
  await open();
  await page.locator("#empty").waitFor();
  await recorder.record("client1", [{ ip: "192.0.2.1", latency_ms: 12.34 }]);
  const row = page.locator(".rows .row");
  await row.getByText("12.3").first().waitFor();
  assert.match(await row.innerText(), /Up[^]*192\.0\.2\.1[^]*client1[^]*12\.3/);
  await recorder.record("client1", [{ ip: "192.0.2.1", latency_ms: 56.78 }]);
  await row.getByText("56.8").first().waitFor();
  assert.ok(await page.locator("#empty").isHidden());
});

pageTest("page's curl line for an empty recorder works as it stands", async ({ page, open }) => {
  await open();
  const line = await page.locator("#curl").innerText();
  const { success, stdout } = await new Deno.Command("sh", { args: ["-c", line], stdin: "null" }).output();
  assert.ok(success, new TextDecoder().decode(stdout));
  await page.locator(".rows .row").getByText("0.050").first().waitFor();
  assert.match(await page.locator(".rows .row").innerText(), /Up[^]*127\.0\.0\.1[^]*client1/);
});

pageTest("page's client line names this recorder", async ({ page, recorder, open }) => {
  await open();
  assert.equal(await page.locator("#client").innerText(), `ping-client --recorder ${recorder.origin} 127.0.0.1`);
});

pageTest("overview puts problems first and tells every state in a word", async ({ page, recorder, open }) => {
  await recorder.record("box", [...replies("192.0.2.1", 5), ...replies("192.0.2.2", 5), ...replies("192.0.2.3", 5)]);
  await recorder.record("box", [...losses("192.0.2.9", 5), ...losses("192.0.2.8", 5, "no-engine")]);
  await open();
  await page.locator(".rows .row").nth(4).waitFor();
  const words = await page.locator(".rows .row .state").allInnerTexts();
  assert.deepEqual(words, ["Down", "Not measured", "Up", "Up", "Up"]);
  assert.match(await page.title(), /^\(1 down\)/);
  assert.equal(await page.locator(".counter[data-state=down] b").innerText(), "1");
  await page.locator(".counter[data-state=down]").click();
  await page.locator(".rows .row").nth(1).waitFor({ state: "detached" });
  assert.match(page.url(), /state=down/);
});

pageTest("overview sorts by a column, says so, and keeps it in the address", async ({ page, recorder, open }) => {
  const at = new Date().toISOString();
  await recorder.record("box", [
    { ip: "a.example", latency_ms: 5, at },
    { ip: "b.example", latency_ms: 50, at },
    { ip: "c.example", latency_ms: 1, at },
    { ip: "d.example", latency_ms: null, at },
  ]);
  await open();
  const names = () => page.locator(".rows .c-target a").allInnerTexts();
  const last = page.locator(".head [data-key=last]");
  await last.click();
  await page.locator('[aria-sort="descending"]').waitFor();
  // What has no value stands last either way.
  assert.deepEqual(await names(), ["b.example", "a.example", "c.example", "d.example"]);
  await last.click();
  await page.locator('[aria-sort="ascending"]').waitFor();
  assert.deepEqual(await names(), ["c.example", "a.example", "b.example", "d.example"]);
  await page.reload();
  await page.locator('[aria-sort="ascending"]').waitFor();
  await page.locator(".rows .row").first().waitFor();
  assert.deepEqual(await names(), ["c.example", "a.example", "b.example", "d.example"]);
});

pageTest("overview groups by client", async ({ page, recorder, open }) => {
  await recorder.record("edge-1", [...replies("192.0.2.1", 3), ...losses("192.0.2.9", 5)]);
  await recorder.record("edge-2", replies("192.0.2.1", 3));
  await open();
  await page.getByLabel("Group by client").check();
  await page.locator(".group-row").nth(1).waitFor();
  assert.deepEqual(
    await page.locator(".rows").locator(".group-row, .state").allInnerTexts(),
    ["edge-12 targets · 1 not up", "Down", "Up", "edge-21 target", "Up"],
  );
});

pageTest("page shows markup in names as the text that it is", async ({ page, recorder, open }) => {
  const name = "<img src=x onerror=document.title='owned'>";
  await recorder.record("<b>box", [
    ...replies("192.0.2.1", 4, name),
    ...losses("192.0.2.1", 4),
    ...replies("192.0.2.1", 1, name),
  ]);
  await open();
  await page.locator(".rows .c-target a").getByText(name, { exact: true }).click();
  await page.getByRole("heading", { name, exact: true }).waitFor();
  await page.locator("#target").getByText("<b>box").first().waitFor();
  assert.equal(await page.locator("main img, main b b").count(), 0);
  assert.doesNotMatch(await page.title(), /owned$/);
});

pageTest("overview stays quick with 2,000 targets", async ({ page, recorder, open }) => {
  const all = Array.from({ length: 2000 }, (_, index) => ({
    ip: `10.0.${index >> 8}.${index & 255}`,
    name: `target ${index}`,
    latency_ms: index / 10,
  }));
  await recorder.record("box", all);
  await open();
  await page.locator(".rows .row").first().waitFor();
  assert.equal(await page.locator(".counter[data-state=all] b").innerText(), "2,000");
  const mounted = await page.locator(".rows .row").count();
  assert.ok(mounted > 8 && mounted < 80, `${mounted} rows are in the document`);
  await page.evaluate(`
    globalThis.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
    }).observe({ type: "longtask" });
  `);
  for (let round = 0; round < 5; round++) {
    await recorder.record("box", all.map((one) => ({ ...one, latency_ms: round })));
  }
  for (let step = 0; step < 20; step++) await page.mouse.wheel(0, 2500);
  await page.waitForFunction("scrollY > 20000");
  await page.waitForFunction(
    "[...document.querySelectorAll('.rows .row')].some((row) => row.getBoundingClientRect().top > 0 && row.getBoundingClientRect().top < innerHeight)",
  );
  await page.locator("#search").fill("target 1999");
  await page.locator(".rows .row").nth(1).waitFor({ state: "detached" });
  assert.equal(await page.locator(".rows .c-target a").innerText(), "target 1999");
  // Loose on purpose: only a page that hangs fails here.
  const longest = Number(await page.evaluate("longest"));
  assert.ok(longest < 2000, `a task took ${longest} ms`);
});

pageTest("search finds name, address and client, and says when nothing matches", async ({ page, recorder, open }) => {
  await recorder.record("edge-1", [...replies("192.0.2.1", 2, "router"), ...replies("192.0.2.2", 2)]);
  await recorder.record("edge-2", replies("2001:db8::1", 2));
  await open();
  await page.locator(".rows .row").nth(2).waitFor();
  await page.keyboard.press("/");
  const found = async (words: string, count: number) => {
    await page.locator("#search").fill(words);
    await page.waitForFunction((many) => document.querySelectorAll(".rows .row").length === many, count);
  };
  assert.equal(await page.evaluate("document.activeElement.id"), "search");
  await found("ROUT", 1);
  await found("192.0.2", 2);
  await found("edge-2 db8", 1);
  await page.locator("#search").fill("nobody");
  await page.getByText("No target matches.").waitFor();
});

pageTest("overview's rows are reached by Tab and by arrow keys", async ({ page, recorder, open }) => {
  await recorder.record("box", ["a", "b", "c"].flatMap((ip) => replies(`${ip}.example`, 2)));
  await open();
  await page.locator(".rows a").first().focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate("document.activeElement.textContent"), "b.example");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.textContent"), "c.example");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "c.example" }).waitFor();
});

pageTest("page keeps what it shows while the recorder is away, and goes on after", async ({ page, recorder, open }) => {
  await recorder.record("box", replies("192.0.2.1", 3));
  await open();
  await page.locator(".rows .row").waitFor();
  await recorder.stop();
  await page.getByText("Recorder not reachable, retrying").waitFor();
  assert.ok(await page.locator(".rows .row").isVisible());
  const feed = page.waitForResponse((response) => response.url().endsWith("/events") && response.ok());
  recorder.start();
  await feed;
  await page.locator("#away").waitFor({ state: "hidden" });
  // What comes now can come by the live feed alone.
  await page.route("**/summary", (route) => route.abort());
  await recorder.record("box", [{ ip: "192.0.2.1", latency_ms: 77.7 }]);
  await page.locator(".rows .row").getByText("77.7").first().waitFor();
}, { outage: true });

pageTest("theme button changes light to dark and is remembered", async ({ page, recorder, open }) => {
  await recorder.record("box", replies("192.0.2.1", 3));
  await open();
  const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const light = await ground();
  const button = page.locator("#theme");
  await button.click();
  assert.equal(await ground(), light);
  await button.click();
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await ground(), dark);
  assert.equal(await button.getAttribute("aria-label"), "Theme: dark");
});

pageTest("page is dark where the system is", async ({ page, open }) => {
  await open();
  const sum =
    "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).reduce((sum, one) => sum + Number(one), 0)";
  assert.ok(Number(await page.evaluate(sum)) < 150);
}, { colorScheme: "dark" });

pageTest("page fits a phone without scrolling sideways", async ({ page, recorder, open }) => {
  const long = "a-name-that-is-much-longer-than-any-phone-is-wide.example";
  await recorder.record("a-client-with-a-long-name", [...replies(long, 5), ...losses("192.0.2.1", 5)]);
  for (const hash of ["", `#/target/a-client-with-a-long-name/${long}`]) {
    await open(hash);
    await page.getByText(long).first().waitFor();
    assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true, hash);
  }
}, { width: 360, height: 720 });
