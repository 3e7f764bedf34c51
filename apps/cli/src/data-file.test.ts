import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { dataFile } from "./data-file.ts";

it("dataFile() looks below OHMWORK_DATA for what is not where it was named", () => {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-data-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "table.csv"), "1,a\n");
  expect(dataFile("table.csv", folder)).toBe(join(folder, "table.csv"));
  expect(dataFile(join(folder, "table.csv"), "/nowhere")).toBe(join(folder, "table.csv"));
  expect(dataFile("other.csv", folder)).toBe("other.csv"); // the error names what the user wrote
  expect(dataFile("package.json", folder)).toBe("package.json");
  expect(dataFile("table.csv", undefined)).toBe("table.csv");
});
