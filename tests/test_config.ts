import { type Config, configOf, readOptions } from "../lib/config.ts";

/** The configuration of a client with no options but its recorder, and what a test wants otherwise. */
export function testConfig(recorderUrl: string, otherwise: Partial<Config> = {}): Config {
  return { ...configOf(readOptions({})), recorderUrl, recorderGiven: true, ...otherwise };
}
