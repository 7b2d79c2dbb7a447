import assert from "node:assert/strict";
import { PAGE_FILES } from "../../lib/recorder/dashboard/files.ts";

const FOLDER = new URL("../../lib/recorder/dashboard/", import.meta.url);

Deno.test("every script and style of the page's folder is served", async () => {
  for await (const { name } of Deno.readDir(FOLDER)) {
    if (!/\.(js|css)$/.test(name)) continue;
    assert.equal(PAGE_FILES[`/page/${name}`], await Deno.readTextFile(new URL(name, FOLDER)), name);
  }
});

Deno.test("the page asks only for files that are served", () => {
  for (const [path, text] of Object.entries(PAGE_FILES)) {
    const wanted = [
      ...text.matchAll(/(?:src|href)="(\/[^"]*\.(?:js|css|svg))"/g),
      ...text.matchAll(/^import [^;]*?"(\.\/[^"]+)"/gm),
    ];
    for (const [, to = ""] of wanted) {
      const address = new URL(to, `http://localhost${path}`).pathname;
      assert.ok(address in PAGE_FILES, `${path} asks for ${address}`);
    }
  }
});

Deno.test("the page holds no script or style in its markup, and no address of another site", () => {
  const { "/": index = "" } = PAGE_FILES;
  assert.doesNotMatch(index, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:\/\//i);
  for (const [path, text] of Object.entries(PAGE_FILES)) {
    // uPlot names its own site in a comment; an SVG must name its language.
    if (path === "/page/uplot.js") continue;
    assert.doesNotMatch(
      text.replaceAll("http://www.w3.org/2000/svg", ""),
      /https?:\/\/|innerHTML|insertAdjacentHTML/,
      path,
    );
  }
});
