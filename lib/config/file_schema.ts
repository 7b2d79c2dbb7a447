import * as v from "valibot";
import { kebab, settingsSchema } from "../config.ts";

const TEXT = "must be text";
const NAME = "must be 1 to 200 characters without '=' and control characters";
const GROUP = "must be 1 to 100 characters without control characters";
const LABEL_NAME = "must be a label of up to 100 letters, digits and _, not beginning with a digit or __";
const LABEL_VALUE = "must be text of up to 200 characters without control characters";
const OWN_LABELS = ["client", "target", "name", "group", "le", "cause"];
const SIZE = "must be a whole number of bytes";
const BOOLEAN = "must be true or false";

const { interval, timeout } = settingsSchema.entries;

const labelsSchema = v.record(
  v.pipe(
    v.string(LABEL_NAME),
    v.regex(/^(?!__)[a-zA-Z_][a-zA-Z0-9_]{0,99}$/, LABEL_NAME),
    v.notValues(OWN_LABELS, `must not be one of ${OWN_LABELS.join(", ")}: metrics have these already`),
  ),
  v.pipe(v.string(LABEL_VALUE), v.regex(/^\P{Cc}{0,200}$/u, LABEL_VALUE)),
  "must be a mapping of label: value",
);

/** What a target has of its own, or all targets of a group have. */
const shared = {
  interval: v.optional(interval.wrapped),
  timeout: v.optional(timeout.wrapped),
  // A ping program puts its time stamp into the payload: with less room it tells no RTT. IPv4 carries at most 65,507.
  size: v.optional(
    v.pipe(
      v.number(SIZE),
      v.integer(SIZE),
      v.minValue(16, "must be at least 16"),
      v.maxValue(65_507, "must be at most 65507"),
    ),
  ),
  labels: v.optional(labelsSchema),
};

const targetSchema = v.strictObject({
  host: v.string(TEXT),
  name: v.optional(v.pipe(v.string(TEXT), v.regex(/^[^=\p{Cc}]{1,200}$/u, NAME))),
  group: v.optional(v.pipe(v.string(TEXT), v.regex(/^\P{Cc}{1,100}$/u, GROUP))),
  ...shared,
});

const settingEntries = Object.fromEntries(
  Object.entries(settingsSchema.entries).map(([key, schema]) => [kebab(key), schema]),
) as Record<string, v.GenericSchema>;

/** A config file: every setting by the name of its option, and the targets. Both the checks and the JSON Schema. */
export const fileSchema = v.strictObject({
  ...settingEntries,
  ipv4: v.optional(v.boolean(BOOLEAN)),
  ipv6: v.optional(v.boolean(BOOLEAN)),
  targets: v.optional(
    v.array(
      v.union([v.string(), targetSchema], "must be HOST, NAME=HOST, a block, or a mapping with host"),
      "must be a list",
    ),
  ),
  groups: v.optional(
    v.record(
      v.pipe(v.string(), v.regex(/^\P{Cc}{1,100}$/u, GROUP)),
      v.strictObject(shared, "must be a mapping"),
      "must be a mapping of group: settings",
    ),
  ),
}, "must be a mapping of settings");

/** What a group may hold. */
export type GroupInput = v.InferInput<v.StrictObjectSchema<typeof shared, string>>;
/** A target that is a mapping. */
export type TargetInput = v.InferInput<typeof targetSchema>;

/** The keys that are known where `path` leads, for suggestions. */
export function keysAt(path: readonly (string | number)[]): readonly string[] {
  if (path.length === 0) return Object.keys(fileSchema.entries);
  return Object.keys(path[0] === "targets" ? targetSchema.entries : shared);
}
