import { join } from "node:path";
import { expect, it } from "vitest";
import { openResults } from "./results-file.ts";

it("openResults() reads the table of the documentation, whose first results have no lost rows counted", async () => {
  const file = join(import.meta.dirname, "../../../../../docs/pat-table.json");
  const { entries } = await openResults(file, "ohmwork.train-table/1", {});
  expect(entries.size).toBeGreaterThan(30);
  for (const { key, lostRows } of entries.values()) expect(lostRows, key).toBeGreaterThanOrEqual(0);
});
