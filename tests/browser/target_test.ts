/// <reference lib="dom" />
import assert from "node:assert/strict";
import { pageTest } from "./browser_test_case.ts";
import { historyOf } from "./sample_history.ts";

const HASH = "#/target/edge-1/192.0.2.7";
const HABIT = { ip: "192.0.2.7", name: "shop", baseMs: 20, spreadMs: 2 };
const TROUBLES = [{ from: 30, to: 25 }, { from: 15, to: 12, cause: "no-engine" }];

const history = (
  lengthMs = 3_600_000,
  habit: Parameters<typeof historyOf>[0][number] = HABIT,
) => [...historyOf([habit], { nowMs: Date.now(), lengthMs, intervalMs: 5000 })];

pageTest("target view shows the span's figures, its outages and the way back", async ({ page, recorder, open }) => {
  await recorder.record("edge-1", history(3_600_000, { ...HABIT, troubles: TROUBLES }));
  await open(HASH);
  await page.getByRole("heading", { name: "shop" }).waitFor();
  await page.locator(".outages tbody tr").nth(1).waitFor();
  const outages = await page.locator(".outages tbody tr").allInnerTexts();
  assert.match(outages[0] ?? "", /Not measured.*no ping program.*36 not measured/s);
  assert.match(outages[1] ?? "", /Target down.*no answer in time.*60 lost/s);
  assert.match(await page.locator(".tiles").innerText(), /Median\s*2\d\.\d/);
  assert.match(await page.locator(".figures tbody tr").first().innerText(), /edge-1/);
  await page.getByRole("link", { name: "All targets" }).click();
  await page.locator(".rows .row").waitFor();
});

pageTest("chart zooms by drag; back and reset undo it", async ({ page, recorder, open }) => {
  await recorder.record("edge-1", history());
  await open(`${HASH}?range=6h`);
  const over = page.locator(".u-over");
  const drag = async () => {
    const box = await over.boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width * 0.5, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 5 });
    await page.mouse.move(box.x + box.width * 0.75, box.y + 60, { steps: 5 });
    await page.mouse.up();
  };
  const span = () => {
    const words = new URLSearchParams(page.url().split("?")[1]);
    return Number(words.get("to")) - Number(words.get("from"));
  };
  await over.waitFor();
  await drag();
  await page.waitForURL(/from=/);
  const first = span();
  assert.ok(Math.abs(first / 3_600_000 - 1.5) < 0.1, `${first} ms`);
  await page.getByRole("button", { name: "Back" }).waitFor();
  await drag();
  await page.waitForFunction((length) => {
    const words = new URLSearchParams(location.hash.split("?")[1]);
    return Number(words.get("to")) - Number(words.get("from")) < length / 2;
  }, first);
  await page.getByRole("button", { name: "Back" }).click();
  await page.waitForFunction((length) => {
    const words = new URLSearchParams(location.hash.split("?")[1]);
    return Number(words.get("to")) - Number(words.get("from")) === length;
  }, first);
  await page.getByRole("button", { name: "Reset" }).click();
  await page.waitForURL(/range=6h/);
  assert.equal(await page.locator('[data-range="6h"]').getAttribute("aria-pressed"), "true");
});

pageTest("chart does by keyboard what it does by mouse", async ({ page, recorder, open }) => {
  await recorder.record("edge-1", history());
  await open(`${HASH}?range=1h`);
  await page.locator(".u-over").waitFor();
  await page.locator(".figures tbody td").first().getByText(/\d/).waitFor();
  await page.locator(".plot").focus();
  await page.keyboard.press("ArrowLeft");
  await page.locator(".figures caption.at-cursor").waitFor();
  await page.locator("#say").getByText(/median 2\d\.\d ms/).waitFor({ state: "attached" });
  await page.keyboard.press("+");
  await page.waitForURL(/from=/);
  await page.locator(".plot").focus();
  await page.keyboard.press("Escape");
  await page.waitForURL(/range=1h/);
});

pageTest("range buttons change the span and the CSV link", async ({ page, recorder, open }) => {
  await recorder.record("edge-1", history());
  await open(HASH);
  for (const key of ["10m", "24h", "2y"]) {
    await page.locator(`[data-range="${key}"]`).click();
    await page.locator(`[data-range="${key}"][aria-pressed="true"]`).waitFor();
  }
  await page.waitForFunction(() => {
    const words = new URLSearchParams(document.querySelector("#csv")?.getAttribute("href")?.split("?")[1]);
    return Number(words.get("end")) - Number(words.get("start")) === 730 * 86_400_000 &&
      words.get("client") === "edge-1";
  });
});

pageTest("chart goes on live", async ({ page, recorder, open }) => {
  await recorder.record("edge-1", history(600_000));
  await open(`${HASH}?range=10m`);
  await page.locator(".figures tbody td").first().getByText(/\d/).waitFor();
  const painted = () => page.locator(".plot canvas").evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const before = await painted();
  // What comes now can come by the live feed alone.
  await page.route("**/summary", (route) => route.abort());
  await recorder.record("edge-1", [{ ip: "192.0.2.7", latency_ms: 88.8 }]);
  await page.locator(".tiles").getByText("88.8").first().waitFor();
  await page.waitForFunction(
    (old) => (document.querySelector(".plot canvas") as HTMLCanvasElement).toDataURL() !== old,
    before,
  );
}, { outage: true });

pageTest("several clients that ping the same address share a chart", async ({ page, recorder, open }) => {
  await recorder.record("edge-1", history());
  await recorder.record("edge-2", history(3_600_000, { ...HABIT, baseMs: 70 }));
  await open(HASH);
  await page.getByLabel("edge-2").check();
  await page.waitForURL(/with=edge-2/);
  await page.locator(".figures tbody tr").nth(1).getByText(/7\d\.\d/).first().waitFor();
  assert.ok(await page.getByLabel("edge-1").isDisabled());
  await page.getByLabel("edge-2").uncheck();
  await page.waitForFunction("!location.hash.includes('with=')");
});

pageTest("numbers of the chart stand in a table, gaps left out", async ({ page, recorder, open }) => {
  await recorder.record("edge-1", history(600_000));
  await open(`${HASH}?range=1h`);
  await page.getByText("Numbers of the chart, as a table").click();
  const rows = page.locator(".numbers tbody tr");
  await rows.first().waitFor();
  const many = await rows.count();
  assert.ok(many > 20 && many <= 125, `${many} rows`);
});

pageTest(
  "target view says when nothing was measured, and when nobody knows the target",
  async ({ page, recorder, open }) => {
    await recorder.record("edge-1", history(60_000));
    await open(`${HASH}?from=1700000000000&to=1700000600000`);
    await page.getByText("Nothing was measured in this span.").waitFor();
    await page.getByText("None in this span.").waitFor();
    await open("#/target/edge-9/192.0.2.9");
    await page.getByText("This recorder has no such target.").waitFor();
  },
);
