import type { KeptResult } from "./guarantee-results.ts";
import { notGuaranteed } from "./not-guaranteed.ts";
import { type Promised, promises } from "./promises.ts";

/** `docs/guarantees.md`, from what is kept of runs. */
export function guaranteesPage(results: readonly KeptResult[]): string {
  const shown = preferDeep(results);
  const machines = [...new Set(shown.map(({ machine }) => machine))];
  return `# What the fleet guarantees, and what was tried

Made by \`npm run guarantees\` from the results of the last runs of \`npm run test:deep\` and \`npm test\`. A count is of a deep run where it
is followed by *deep*, else of the gate, which does a tenth or less. *Without its guard*: the same test with the guard taken out, which saw
the guarantee break.

Machine: ${machines.join("; ") || "none yet"}. It was doing other work at the same time. \`OHMWORK_SEED=<seed> npm test -- <file>\` runs a test
again with a seed, or with another one; \`OHMWORK_DEEP=1\` with its full count.

| | promise | faults tried | fails without its guard | open |
|---|---|---|---|---|
${promises.map((one) => summary(one, shown)).join("\n")}

${promises.map((one) => section(one, shown)).join("\n\n")}

## What is not guaranteed

${notGuaranteed.map((line) => `- ${line}`).join("\n")}
`;
}

/** Of each file of tests what its deep run gave, where there was one. */
function preferDeep(results: readonly KeptResult[]): KeptResult[] {
  const deep = new Set(results.filter(({ isDeep }) => isDeep).map(({ file }) => file));
  return results.filter(({ isDeep, file }) => isDeep || !deep.has(file));
}

function summary(promised: Promised, results: readonly KeptResult[]): string {
  const mine = results.filter(({ guarantee }) => guarantee === promised.id);
  const unguarded = mine.filter((one) => one.unguarded === true).length;
  const seen = unguarded > 0 ? "seen" : "";
  const gaps = gapsOf(promised, mine).join("; ");
  return `| ${promised.id} | ${promised.promise} | ${mine.length - unguarded} | ${seen} | ${gaps} |`;
}

function section(promised: Promised, results: readonly KeptResult[]): string {
  const { id, promise, wanted } = promised;
  const mine = results.filter(({ guarantee }) => guarantee === id);
  const gaps = gapsOf(promised, mine);
  const open = gaps.length === 0 ? "" : ` **Open**: ${gaps.join("; ")}.`;
  const head = `## ${id} ${promise}\n\nTo be tried: ${wanted}.${open}`;
  if (mine.length === 0) return head;
  const rows = mine.toSorted((a, b) => Number(a.unguarded === true) - Number(b.unguarded === true)).map(row);
  return `${head}\n\n| fault | count | seed | measured | test, date |\n|---|---|---|---|---|\n${rows.join("\n")}`;
}

/** What is not shown of a promise by its results. */
function gapsOf({ provedToFail, missing }: Promised, mine: readonly KeptResult[]): string[] {
  const guarded = mine.filter(({ unguarded }) => unguarded !== true);
  const gaps = missing === undefined ? [] : [missing];
  if (guarded.length === 0 && missing === undefined) gaps.push("nothing was tried yet");
  const shallow = guarded.filter(({ isDeep }) => !isDeep).length;
  if (shallow > 0) gaps.push(`${shallow} of ${guarded.length} with the count of the gate only`);
  if (provedToFail === true && mine.length === guarded.length) gaps.push("not seen to fail without its guard");
  return gaps;
}

function row({ fault, unguarded, count, isDeep, seed, measured = {}, file, date }: KeptResult): string {
  const figures = Object.entries(measured).map(([name, value]) => `${name}: ${value.toLocaleString("en")}`);
  const what = unguarded === true ? `*Without its guard*: ${fault}` : fault;
  const cells = [
    what,
    `${count.toLocaleString("en")}${isDeep ? " *deep*" : ""}`,
    seed ?? "",
    figures.join("; "),
    `[${file.split("/").at(-1)}](../${file}), ${date}`,
  ];
  return `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
}
