import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { kebab, settingsSchema } from "../../lib/config.ts";
import { fileSchema } from "../../lib/config/file_schema.ts";
import { configJsonSchema } from "../../lib/config/json_schema.ts";

const validate = new Ajv2020({ strict: true, allErrors: true }).compile(configJsonSchema());

const GOOD = {
  recorder: "http://localhost:5001",
  interval: 10,
  "log-level": "info",
  groups: { far: { interval: 60, size: 64, labels: { site: "north" } } },
  targets: ["router=192.0.2.1", { host: "example.org", name: "x", group: "far", timeout: 1 }],
};

Deno.test("configJsonSchema takes a good config", () => {
  assert.ok(validate(GOOD), JSON.stringify(validate.errors));
  assert.ok(validate({}));
});

const BAD: Readonly<Record<string, unknown>> = {
  "an unknown key": { timout: 1 },
  "an interval of 0": { interval: 0 },
  "a size of 15": { targets: [{ host: "h", size: 15 }] },
  "a target without host": { targets: [{ name: "h" }] },
  "an unknown key of a target": { targets: [{ host: "h", nam: "x" }] },
  "a label that metrics have": { targets: [{ host: "h", labels: { client: "x" } }] },
  "a level that there is not": { "log-level": "loud" },
  "text for a number": { interval: "10" },
  "a list": [],
};

for (const [what, config] of Object.entries(BAD)) {
  Deno.test(`configJsonSchema refuses ${what}`, () => assert.equal(validate(config), false));
}

Deno.test("config file has every setting, by its option's name", () => {
  for (const key of Object.keys(settingsSchema.entries)) assert.ok(kebab(key) in fileSchema.entries, key);
  assert.deepEqual(
    Object.keys(configJsonSchema().properties as object).sort(),
    Object.keys(fileSchema.entries).sort(),
  );
});
