import assert from "node:assert/strict";
import { manPage } from "../../lib/assets/man.ts";
import { allTexts, ownTexts, printed } from "../help_texts.ts";
import { has, said, withFile } from "./tools.ts";

Deno.test({
  name: "the manual page has every option and exit code, and groff finds nothing to warn of",
  ignore: !await has("groff"),
  fn: async () =>
    await withFile("ping-client.1", await printed("assets", "man"), async (path) => {
      assert.equal(await said("groff", "-man", "-ww", "-z", "-Tutf8", path), "");
      // As text: no bold, no hyphenation.
      const page = await said("groff", "-man", "-Tascii", "-P-cbou", "-rHY=0", path);
      for (const { name, options } of allTexts()) {
        for (const { long } of options) assert.ok(page.includes(long), `${name} ${long}`);
      }
      assert.match(page, /^EXIT STATUS\n +0 +a clean end\n/m);
      assert.match(page, /^ +ping-client --once router=192\.0\.2\.1 +one round, as a table$/m);
    }),
});

Deno.test({
  name: "the manual page passes mandoc's lint, but for the date that a reproducible page has not",
  ignore: !await has("mandoc"),
  fn: async () =>
    await withFile("ping-client.1", await printed("assets", "man"), async (path) => {
      const lines = (await said("mandoc", "-Tlint", path)).split("\n").filter((line) => line !== "");
      assert.deepEqual(lines.filter((line) => !line.includes("missing date")), []);
    }),
});

Deno.test("the manual page keeps roff from reading our text as its own", () => {
  const page = manPage({ ...ownTexts(), about: ".start 'here\\n now" });
  assert.ok(page.includes("\n\\&.start 'here\\en now\n"), page.slice(0, 900));
  assert.ok(page.includes("\nping\\-client .x \\ey\n"));
});
