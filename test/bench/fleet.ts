import { availableParallelism, loadavg } from "node:os";
import { BadInputError } from "@ohmwork/core";
import { measureIngest } from "./fleet/ingest.ts";
import { measureRetraining } from "./fleet/retraining.ts";
import { measureStorm } from "./fleet/storm.ts";
import { workspaceVersion } from "./workspace-version.ts";

export type FleetBenchOptions = {
  /** A few devices and seconds of each, to see that the benchmark works: its figures say nothing. @default false */
  readonly quick?: boolean;
  /** Called with each line of progress. */
  readonly progress?: (line: string) => void;
};

const full = {
  ingest: { samples: 20_000, devices: 500, perSecond: 500, seconds: 20 },
  storm: { devices: 2000, awaySeconds: 10 },
  retraining: { devices: [1, 8, 64, 500], seconds: 10 },
};
const small: typeof full = {
  ingest: { samples: 500, devices: 10, perSecond: 20, seconds: 1 },
  storm: { devices: 20, awaySeconds: 0.2 },
  retraining: { devices: [2], seconds: 1 },
};

/** What one machine holds of a fleet: samples taken in, devices that come back, devices that are trained at once. */
export async function runFleetBench(options: FleetBenchOptions = {}): Promise<object> {
  const { quick = false, progress = () => undefined } = options;
  if (process.platform !== "linux") throw new BadInputError("What processes use is read from /proc, which only Linux has");
  const sizes = quick ? small : full;
  const [loadBefore] = loadavg();
  const ingest = await measureIngest(sizes.ingest);
  progress(`Ingest: ${JSON.stringify(ingest)}`);
  const storm = await measureStorm(sizes.storm);
  progress(`Reconnect: ${JSON.stringify(storm)}`);
  const retraining = await measureRetraining({ ...sizes.retraining, progress });
  return {
    schema: "ohmwork.bench.fleet/1",
    version: workspaceVersion(),
    task: "bench",
    system: "shg",
    rule: "pat",
    seed: 1,
    quick,
    processors: availableParallelism(),
    loadBefore,
    ingest,
    storm,
    retraining,
  };
}
