import { toJsonSchema } from "@valibot/to-json-schema";
import { fileSchema } from "./file_schema.ts";

/** A part of a JSON Schema. */
export type JsonPart = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema (draft 2020-12) of a config file, made from what checks it. What only a program can tell (that no host
 * is there twice, that a recorder's address has no password) it leaves out.
 * @param describe what a setting means, by its name; default nothing
 */
export function configJsonSchema({ describe = () => undefined }: {
  readonly describe?: (setting: string) => string | undefined;
} = {}): JsonPart {
  const schema = toJsonSchema(fileSchema, {
    typeMode: "input",
    target: "draft-2020-12",
    errorMode: "ignore",
  });
  const properties = Object.entries(schema.properties ?? {}).map(([name, part]) => {
    const description = describe(name);
    return [name, description === undefined ? part : { ...part as object, description }];
  });
  return { title: "ping-client config", ...schema, properties: Object.fromEntries(properties) };
}
