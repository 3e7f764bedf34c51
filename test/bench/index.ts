import { exitCodeOf, nearestName } from "@ohmwork/core";

type Progress = (line: string) => void;

/** Each suite gives its result as plain data and is loaded only when it is asked for. */
const suites: Readonly<Record<string, (progress: Progress, quick: boolean) => Promise<object>>> = {
  agent: async (progress) => (await import("./agent.ts")).runAgentBench({ progress }),
  autograd: async (progress) => (await import("./autograd.ts")).runAutogradBench({ progress }),
  board: async (progress) => (await import("./board.ts")).runBoardBench({ progress }),
  circuit: async (progress) => (await import("./circuit.ts")).runCircuitBench({ progress }),
  fleet: async (progress, quick) => (await import("./fleet.ts")).runFleetBench({ progress, quick }),
  sensor: async (progress) => (await import("./sensor.ts")).runSensorBench({ progress }),
  systems: async (progress) => (await import("./systems.ts")).runSystemsBench({ progress }),
};

const usage = `Usage: npm run bench -- <suite> [--json]

Suites: ${Object.keys(suites).join(", ")}
--json   one line of JSON (docs/results.md) instead of many
--quick  fleet only: a few devices and seconds, to see that it works`;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage);
    return 0;
  }
  const json = args.includes("--json");
  const quick = args.includes("--quick") && args.includes("fleet");
  const names = args.filter((arg) => arg !== "--json" && !(quick && arg === "--quick"));
  const [name = ""] = names;
  const run = Object.hasOwn(suites, name) && names.length === 1 ? suites[name] : undefined;
  if (run === undefined) {
    console.error(complaint(names));
    return 2;
  }
  try {
    const result = await run((line) => console.error(line), quick);
    console.log(JSON.stringify(result, null, json ? 0 : 2));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    return exitCodeOf(error);
  }
}

function complaint(names: readonly string[]): string {
  const known = Object.keys(suites).join(", ");
  const [name, ...more] = names;
  if (name === undefined) return `Suite is missing: expected one of ${known}`;
  if (more.length > 0) return `Unexpected argument ${more[0]}: expected one suite of ${known}, and --json`;
  const guess = nearestName(name, Object.keys(suites));
  return `Unknown suite ${name}${guess === undefined ? "" : ` (did you mean ${guess}?)`}: expected one of ${known}`;
}

process.exitCode = await main(process.argv.slice(2));
