import { openPostgresStore } from "../../lib/recorder/postgres.ts";
import { parsePostgresUrl, toAddress } from "../../lib/recorder/postgres_url.ts";
import { storeSuite } from "../contract/store_suite.ts";
import { startPostgres } from "../postgres_server.ts";

const server = await startPostgres({ settings: ["fsync = off"] });

storeSuite("postgres", async ({ clock, retention, maxSeries }) => {
  const address = toAddress(parsePostgresUrl(await server.createDatabase()));
  const store = await openPostgresStore({
    address,
    clock,
    ...(retention === undefined ? {} : { retention }),
    ...(maxSeries === undefined ? {} : { maxSeries }),
  });
  return { store, dispose: () => store.close() };
}, { hasBound: false });

Deno.test("postgres server ends", () => server.dispose());
