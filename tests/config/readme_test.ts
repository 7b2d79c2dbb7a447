import assert from "node:assert/strict";
import { readConfigFile } from "../../lib/config/file.ts";
import { fileSchema, keysAt } from "../../lib/config/file_schema.ts";

const README = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
const SECTION = /^## Config file\n([\s\S]*?)^## /m.exec(README)?.[1] ?? "";

Deno.test("README names every key of the config file", () => {
  const keys = [...Object.keys(fileSchema.entries), ...keysAt(["targets", 0]), ...keysAt(["groups", "x"])];
  for (const key of keys) assert.ok(SECTION.includes(`\`${key}\``), `README, Config file: \`${key}\` is missing`);
});

Deno.test("README shows a config file that is valid", () => {
  const example = /^```yaml\n([\s\S]*?)^```$/m.exec(SECTION)?.[1] ?? "";
  const { settings, targets } = readConfigFile(example, "README.md");
  assert.equal(settings.client, "edge-7");
  assert.equal(targets?.length, 17);
  assert.deepEqual(targets?.at(-1), {
    host: "example.org",
    name: "website",
    family: "any",
    intervalMs: 30_000,
    timeoutMs: 5000,
    sizeBytes: 120,
    group: "far",
    labels: { site: "north", rack: "12" },
  });
});
