import assert from "node:assert/strict";
import { EXIT, EXIT_MEANINGS } from "../lib/cli/io.ts";
import { allTexts } from "./help_texts.ts";

const README = await Deno.readTextFile(new URL("../README.md", import.meta.url));

/** What stands between backticks in README. */
const CODE = [...README.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text ?? "");

Deno.test("README names every option of every command", () => {
  for (const { name, options } of allTexts()) {
    for (const { long } of options) {
      const word = new RegExp(`(^|[\\s(])${long}($|[\\s,=)])`);
      assert.ok(CODE.some((text) => word.test(text)), `${long} of ${name} is not in README`);
    }
  }
});

Deno.test("README names no option that is not there", () => {
  const known = new Set(allTexts().flatMap(({ options }) => options.map(({ long }) => long)));
  const table = README.split("\n").filter((line) => /^\| `--/.test(line)).map((line) => line.split("|")[1] ?? "");
  for (const cell of table) {
    for (const [long = ""] of cell.matchAll(/--[a-z-]+/g)) {
      if (!long.startsWith("--allow-")) assert.ok(known.has(long), `README names ${long}`);
    }
  }
});

Deno.test("README names every command, and every exit code as the manual page means it", () => {
  for (const { name } of allTexts().slice(1)) {
    assert.ok(CODE.some((text) => new RegExp(`\\b${name}\\b`).test(text)), `${name} is not in README`);
  }
  for (const code of Object.values(EXIT)) {
    const meaning = EXIT_MEANINGS[code];
    assert.ok(README.replaceAll("`", "").includes(`| ${code} | ${meaning} |`), `exit code ${code}: ${meaning}`);
  }
});

Deno.test("every option that takes one of some words tells completion which", () => {
  for (const { name, options } of allTexts()) {
    for (const { long, value = "", values } of options) {
      const isWord = ["name", "what", "when", "format", "level"].includes(value);
      assert.equal(values.length > 0, isWord, `${name} ${long} <${value}>`);
    }
  }
});
