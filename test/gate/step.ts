import type { ToolResult } from "./tool.ts";

/** How one step of the gate went; `detail` says why it failed or was skipped. */
export type Outcome = { readonly state: "passed" | "failed" | "skipped"; readonly detail: string };

export type Step = { readonly name: string; readonly run: () => Promise<Outcome> };

const passed: Outcome = { state: "passed", detail: "" };

/** Passes if there is nothing to complain about. */
export function noneOf(complaints: readonly string[]): Outcome {
  return complaints.length === 0 ? passed : { state: "failed", detail: complaints.join("\n") };
}

/** A tool that is missing: skipped, unless this machine is said to have everything. */
export function missing(what: string): Outcome {
  return { state: process.env["OHMWORK_REQUIRE_ALL"] === "1" ? "failed" : "skipped", detail: `${what} is missing` };
}

/** A step that is one run of a tool: it passes when the tool exits with 0. */
export function toolStep(name: string, run: () => Promise<ToolResult>): Step {
  return {
    name,
    run: async () => {
      const { code, output } = await run();
      return code === 0 ? passed : { state: "failed", detail: output.trim() || `exit code ${code}` };
    },
  };
}
