import { createPingEngine } from "../../lib/engine/ping.ts";
import { testEngine } from "../contract/engine_suite.ts";

testEngine("ping engine", ({ run }) => createPingEngine({ run }));
