import { createStandIn, startSwarm, type Swarm, type SwarmState } from "@ohmwork/agent";
import { createShg } from "@ohmwork/systems";
import { offer } from "./program.ts";

type SwarmGiven = {
  readonly broker: string;
  readonly devices: number;
  readonly connectsPerSecond: number;
  readonly samplesPerSecond: number;
  /** Public key, in hexadecimal, of who may lease the devices. */
  readonly key?: string;
};

export type SwarmProgram = {
  readonly start: (given: SwarmGiven) => Promise<void>;
  /** Forgets the delays so far. */
  readonly clear: () => void;
  readonly state: () => SwarmState | undefined;
};

// Devices of the fleet "bench" that have the ports of the crystal of the system shg, and physics that cost next to nothing.

let swarm: Swarm | undefined;
const { ports, stages } = createShg({ seed: 1 });

offer({
  start: async ({ key, ...given }) => {
    swarm = await startSwarm({
      ...given,
      fleet: "bench",
      system: (n) => createStandIn({ ports, stages, seed: n }),
      systemName: "stand-in",
      seed: 1,
      ...(key !== undefined && { updateKeys: [Uint8Array.from(Buffer.from(key, "hex"))] }),
    });
  },
  clear: () => swarm?.clearDelays(),
  state: () => swarm?.state(),
} satisfies SwarmProgram);
