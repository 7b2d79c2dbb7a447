import type { Command } from "commander";
import { configJsonSchema } from "../config/json_schema.ts";
import { type CliIo, EXIT } from "./io.ts";

/** `ping-client schema`: the JSON Schema of the config file, for editors. */
export function addSchemaCommand(program: Command, io: CliIo, done: (code: number) => void): Command {
  return program.command("schema")
    .description("print the JSON Schema of the config file")
    .helpOption("-h, --help", "print this help")
    .action(() => {
      // What a setting means is said once: where its option is.
      const meanings = new Map(program.options.map((option) => [option.long?.slice(2), option.description]));
      const schema = configJsonSchema({ describe: (setting) => meanings.get(setting) });
      io.out(`${JSON.stringify(schema, null, 2)}\n`);
      done(EXIT.ok);
    });
}
