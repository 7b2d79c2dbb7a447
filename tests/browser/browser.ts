import { type Browser, chromium, type Page } from "playwright-core";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Nothing but the page under test may use the network. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where Chromium is, or undefined. */
export const CHROMIUM: string | undefined = PROGRAMS.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** A page in a Chromium of its own, and everything that it complained about. */
export interface Opened {
  readonly browser: Browser;
  readonly page: Page;
  /** Errors of the console and of scripts, violations of the content security policy included. */
  readonly complaints: readonly string[];
}

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  /** Canvas pixels for a pixel of the page. Default 1. */
  readonly scale?: number;
  readonly touch?: boolean;
}

/** Starts Chromium. Close the browser in the end. */
export async function openBrowser(
  { width = 1280, height = 900, colorScheme = "light", scale = 1, touch = false }: OpenOptions = {},
): Promise<Opened> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    deviceScaleFactor: scale,
    hasTouch: touch,
    locale: "en-GB",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return { browser, page, complaints };
}
