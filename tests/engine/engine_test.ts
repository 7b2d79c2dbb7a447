import assert from "node:assert/strict";
import { chooseEngine } from "../../lib/engine.ts";
import { MissingProgramError, type Run } from "../../lib/engine/command.ts";
import { memoryLog } from "../memory_log.ts";

/** A box with these programs and no others. */
function box(...programs: string[]): Run {
  return (program) =>
    programs.includes(program)
      ? Promise.resolve({ code: 0, stdout: `${program}: Version 5.1\n`, stderr: "", killed: false, flooded: false })
      : Promise.reject(new MissingProgramError(program));
}

async function choose(programs: string[], count: number, engine?: "auto" | "ping" | "fping") {
  const { log, lines } = memoryLog();
  const chosen = await chooseEngine({ count, log, run: box(...programs), ...(engine === undefined ? {} : { engine }) });
  return { name: chosen.name, lines };
}

Deno.test("chooseEngine takes fping for more than 50 targets where it is installed, else ping, and says why", async () => {
  assert.deepEqual(await choose(["ping", "fping"], 50), {
    name: "ping",
    lines: ["info engine: ping, because there are 50 targets"],
  });
  assert.deepEqual(await choose(["ping", "fping"], 51), {
    name: "fping",
    lines: ["info engine: fping, because there are 51 targets"],
  });
  assert.deepEqual((await choose(["fping"], 51)).name, "fping");
  const without = await choose(["ping"], 51);
  assert.equal(without.name, "ping");
  assert.match(
    without.lines[0] ?? "",
    /although there are 51 targets: fping would cost far less, but is not installed/,
  );
});

Deno.test("chooseEngine obeys when it is told", async () => {
  assert.deepEqual(await choose(["ping", "fping"], 1, "fping"), {
    name: "fping",
    lines: ["info engine: fping, as asked"],
  });
  assert.deepEqual(await choose(["ping", "fping"], 999, "ping"), {
    name: "ping",
    lines: ["info engine: ping, as asked"],
  });
});

Deno.test("chooseEngine names the program that is missing, and its package", async () => {
  await assert.rejects(choose(["ping"], 1, "fping"), {
    name: "MissingProgramError",
    message: "Cannot find the program 'fping': install the package fping",
  });
  await assert.rejects(choose([], 1), {
    name: "MissingProgramError",
    message: /'ping': install the package iputils-ping/,
  });
});
