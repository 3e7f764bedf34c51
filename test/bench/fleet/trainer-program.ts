import { Seconds } from "@ohmwork/core";
import { connectMqtt } from "@ohmwork/runtime";
import { createTrainer, openStore, type TrainerCounts, trainerLink, trainerWill } from "@ohmwork/trainer";
import { clientIdOf } from "@ohmwork/wire";
import { type Parts, startProfile } from "./profile.ts";
import { offer } from "./program.ts";

// A trainer of the fleet "bench", with what a benchmark wants to know of it.

/** From the inside outwards: what the link calls a trainer for is the trainer's. */
const parts: Parts = [
  ["acknowledge", /^acknowledge /],
  ["commit", /^commitBatch |\/trainer\/src\/store\/|kysely|node:sqlite/],
  ["decode", /^receive |\/packages\/wire\/src/],
  ["link", /mqtt|node:net|stream/],
];

type Counts = TrainerCounts & { readonly lastCommitAt: number; readonly commits: number };

export type TrainerProgram = {
  readonly start: (given: { readonly broker: string; readonly file: string }) => Promise<void>;
  readonly counts: () => Counts | undefined;
  readonly profile: () => Promise<void>;
  /** Share of the processor time since `profile`, by what it was for. */
  readonly shares: () => Promise<Readonly<Record<string, number>> | undefined>;
};

let counted: (() => Counts) | undefined;
let profile: Awaited<ReturnType<typeof startProfile>> | undefined;

offer({
  start: async ({ broker, file }) => {
    const fleet = "bench";
    const id = "t1";
    const store = await openStore(file);
    const link = { clientId: clientIdOf({ fleet, trainer: id }), will: trainerWill(fleet, id), ...trainerLink };
    const connection = connectMqtt(broker, link);
    let lastCommitAt = 0;
    let commits = 0;
    const onCommit = (): void => {
      lastCommitAt = Date.now();
      commits += 1;
    };
    const trainer = createTrainer({ id, fleet, store, connection, onCommit, onTrouble: (message) => console.error(message) });
    await trainer.start();
    await connection.whenConnected(Seconds(20));
    counted = () => ({ ...trainer.counts(), lastCommitAt, commits });
  },
  counts: () => counted?.(),
  profile: async () => {
    profile = await startProfile();
  },
  shares: async () => profile?.stop(parts),
} satisfies TrainerProgram);
