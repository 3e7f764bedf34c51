import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keptResults } from "./faults/guarantee-results.ts";
import { guaranteesPage } from "./faults/guarantees-page.ts";
import { root } from "./gate/tool.ts";

// `npm run guarantees`: writes docs/guarantees.md from the results of the last runs of the tests.

const file = "docs/guarantees.md";
const results = keptResults();
if (results.length === 0) {
  console.error("There are no results to write of: npm run test:deep, or npm test, comes first");
  process.exitCode = 1;
} else {
  const page = guaranteesPage(results);
  const isNew = readFileSync(join(root, file), { encoding: "utf8", flag: "a+" }) !== page;
  if (isNew) writeFileSync(join(root, file), page);
  console.log(isNew ? `Wrote ${file}` : "Nothing changed");
}
