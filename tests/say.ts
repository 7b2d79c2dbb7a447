/** Prints a line for whoever reads a test run: a skipped test must give its reason. */
export function say(line: string): void {
  // deno-lint-ignore no-console -- the one place where a test speaks
  console.log(line);
}
