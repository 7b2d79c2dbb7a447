import { ASSETS } from "../assets.ts";
import { UsageError } from "../config.ts";
import type { HelpTexts } from "../help_texts.ts";
import { type CliIo, EXIT } from "./io.ts";

/** `ping-client assets NAME`: prints a text that the program carries. */
export function assetsCommand(name: string, texts: HelpTexts, io: CliIo): number {
  const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (asset === undefined) {
    throw new UsageError(`Cannot print the asset '${name}': it must be one of ${Object.keys(ASSETS).join(", ")}`);
  }
  io.out(typeof asset.text === "string" ? asset.text : asset.text(texts));
  return EXIT.ok;
}

/** The assets for the help, a line each. */
export function assetsHelp(): string {
  const width = Math.max(...Object.keys(ASSETS).map((name) => name.length));
  const lines = Object.entries(ASSETS).map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`);
  return `\nAssets:\n${lines.join("\n")}`;
}
