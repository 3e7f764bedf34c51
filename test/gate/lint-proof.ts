import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { noneOf, type Outcome } from "./step.ts";
import { root, runTool } from "./tool.ts";

const fixtures = join(root, ".config", "lint", "fixtures");

type Diagnostic = { readonly code: string; readonly filename: string; readonly labels: readonly { span: { line: number } }[] };

/**
 * Our own rules must report what they are for: oxlint exits with 0 when a plugin crashes. The real configuration is put
 * over a small tree of fixtures, so that a rule which is no longer switched on for a package is found as well.
 */
export async function proveLintRules(): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-lint-"));
  try {
    const plugin = pathToFileURL(join(root, ".config", "lint", "plugin.mjs")).href;
    const config = readFileSync(join(root, ".oxlintrc.json"), "utf8");
    writeFileSync(join(folder, ".oxlintrc.json"), config.replace('"./.config/lint/plugin.mjs"', JSON.stringify(plugin)));
    const wrong: string[] = [];
    for (const rule of readdirSync(fixtures).map((file) => file.replace(/\.ts$/, ""))) {
      for (const source of sourcesUnder(rule)) {
        mkdirSync(join(folder, source), { recursive: true });
        const file = join(source, `${rule}.ts`);
        cpSync(join(fixtures, `${rule}.ts`), join(folder, file));
        const { output } = await runTool(["oxlint", "--format=json", file], { cwd: folder });
        const reported = reportedLines(output, `ohmwork(${rule})`);
        const expected = expectedLines(readFileSync(join(fixtures, `${rule}.ts`), "utf8"));
        if (reported === undefined) return { state: "failed", detail: `oxlint gave no report:\n${output}` };
        for (const line of without(expected, reported)) wrong.push(`${rule} in ${source} misses line ${line} of its fixture`);
        for (const line of without(reported, expected)) wrong.push(`${rule} in ${source} reports line ${line} of its fixture`);
      }
    }
    return noneOf(wrong);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where a rule must be in force. */
function sourcesUnder(rule: string): string[] {
  const browserSafe = ["core", "autograd", "circuit", "tasks", "wire", "systems", "learning", "recipes"].map(
    (name) => `packages/${name}/src`,
  );
  if (rule === "browser-safe") return browserSafe;
  return ["packages/core/src", "packages/runtime/src", "hardware/bench/src", "firmware-bridge/src", "apps/agent/src"];
}

function without(lines: ReadonlySet<number>, others: ReadonlySet<number>): number[] {
  return [...lines].filter((line) => !others.has(line));
}

function expectedLines(fixture: string): Set<number> {
  return new Set(fixture.split("\n").flatMap((line, i) => (line.endsWith("// reported") ? [i + 1] : [])));
}

function reportedLines(output: string, code: string): Set<number> | undefined {
  try {
    const { diagnostics } = JSON.parse(output.slice(output.indexOf("{"))) as { diagnostics: readonly Diagnostic[] };
    return new Set(diagnostics.filter((one) => one.code === code).flatMap((one) => one.labels[0]?.span.line ?? []));
  } catch {
    return undefined;
  }
}
