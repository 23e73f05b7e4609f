import { expect, it } from "vitest";
import { openPostgresRecords } from "../../store/records/open.ts";
import { alertsContract } from "../store/records/alertsContract.ts";
import { analystsContract } from "../store/records/analystsContract.ts";
import { recordsContract } from "../store/records/contract.ts";
import { keysContract } from "../store/records/keysContract.ts";
import { leadLifeContract } from "../store/records/leadLife.ts";
import { methodsContract } from "../store/records/methodsContract.ts";
import { poolsContract } from "../store/records/poolsContract.ts";
import { risesContract } from "../store/records/risesContract.ts";
import { seriesChangesContract } from "../store/records/seriesChangesContract.ts";
import { uploadsContract } from "../store/records/uploadsContract.ts";
import { createTestDatabase } from "./isolation.ts";

const open = async () => openPostgresRecords({ url: await createTestDatabase(), schema: "public" });
recordsContract("PostgreSQL", open);
keysContract("PostgreSQL", open);
uploadsContract("PostgreSQL", open);
alertsContract("PostgreSQL", open);
leadLifeContract("PostgreSQL", async () => openPostgresRecords({ url: await createTestDatabase(), schema: "public" }));
analystsContract("PostgreSQL", open);
methodsContract("PostgreSQL", async () => openPostgresRecords({ url: await createTestDatabase(), schema: "public" }));
risesContract("PostgreSQL", open);
poolsContract("PostgreSQL", open);
seriesChangesContract("PostgreSQL", async () => openPostgresRecords({ url: await createTestDatabase(), schema: "public" }));

it("PostgreSQL: processes that start at once bring the schema up to date together", async () => {
  const url = await createTestDatabase();
  const opened = await Promise.all(Array.from({ length: 4 }, () => openPostgresRecords({ url, schema: "sewage" })));
  expect(await opened[3]?.sites.list()).toEqual([]);
  await Promise.all(opened.map((records) => records.close()));
});

it("PostgreSQL: two schemas of one database hold records of their own", async () => {
  const url = await createTestDatabase();
  const one = await openPostgresRecords({ url, schema: "east" });
  const other = await openPostgresRecords({ url, schema: "west" });
  await one.sites.save({ siteId: "a", name: "A", kind: "wwtp", timeZone: "UTC" }, "2026-05-06T08:00:00.000Z");
  expect(await other.sites.list()).toEqual([]);
  await Promise.all([one.close(), other.close()]);
});
