import { createFpingEngine } from "../../lib/engine/fping.ts";
import { testEngine } from "../contract/engine_suite.ts";

testEngine("fping engine", ({ run, spawn, names }) => {
  const resolve = (host: string) => {
    const found = names.get(host);
    return found === undefined ? Promise.reject(new Error("not known")) : Promise.resolve(found);
  };
  return createFpingEngine({ run, spawn, resolve });
});
