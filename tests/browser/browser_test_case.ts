// deno-lint-ignore-file no-console -- why a test is skipped must be said
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { CHROMIUM, openBrowser, type OpenOptions } from "./browser.ts";
import { startRecorder, type TestRecorder } from "./recorder.ts";

/** What a test of the page is given. */
export interface PageTest {
  readonly page: Page;
  readonly recorder: TestRecorder;
  /** Opens the page at a route such as `#/target/…`, and waits until it has its data. */
  open(hash?: string): Promise<void>;
}

export interface PageTestOptions extends OpenOptions {
  /** The recorder goes away in this test: what the browser says about that is no complaint. */
  readonly outage?: boolean;
}

let said = false;

/** A test in a real Chromium against a recorder. It fails, too, when the console has an error, a warning or a violation. */
export function pageTest(
  name: string,
  run: (test: PageTest) => Promise<void>,
  { outage = false, ...options }: PageTestOptions = {},
): void {
  if (CHROMIUM === undefined && !said) {
    console.log("skipped: every test of the page, since there is no Chromium (Debian package chromium)");
    said = true;
  }
  Deno.test({
    name,
    ignore: CHROMIUM === undefined,
    async fn() {
      const recorder = startRecorder();
      const { browser, page, complaints } = await openBrowser(options);
      try {
        const open = async (hash = "") => {
          await page.goto("about:blank");
          await page.goto(`${recorder.origin}/${hash}`);
          await page.locator("#loading").waitFor({ state: "hidden" });
        };
        await run({ page, recorder, open });
        const left = complaints.filter((text) => !outage || !/net::ERR_|Failed to load resource/.test(text));
        assert.deepEqual(left, []);
      } finally {
        await browser.close();
        await recorder.close();
      }
    },
  });
}
