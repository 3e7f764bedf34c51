import { Seconds } from "@ohmwork/core";
import { connectMqtt } from "@ohmwork/runtime";
import { createTrainer, openStore, trainerLink, type TrainerStore, trainerWill } from "@ohmwork/trainer";
import { clientIdOf } from "@ohmwork/wire";
import { sayUsage } from "./usage.ts";

export type TrainerProcessOptions = {
  readonly broker: string;
  readonly file: string;
  /** Acknowledges what it does not keep: what must never be, to see that it is noticed. */
  readonly isHasty?: boolean;
  /** Says what it uses of the machine so often [ms]. @default never */
  readonly sayEvery?: number;
  /** Deletes what is older than this [ms], as often. @default never */
  readonly keep?: number;
};

// A trainer of the fleet "home" as a process that can be killed: `trainer-process.ts <options in JSON>`. Says when it is ready.

const { broker, file, isHasty = false, sayEvery, keep } = JSON.parse(process.argv[2] as string) as TrainerProcessOptions;
const fleet = "home";
const id = "t1";

/** Gives a result for what it does not keep. */
const hasty = (store: TrainerStore): TrainerStore => ({
  ...store,
  commit: async (_, { samples }) => {
    const upTo = new Map<string, number>();
    for (const { sample } of samples) upTo.set(sample.boot, Math.max(upTo.get(sample.boot) ?? 0, sample.seq));
    const prefixes = Array.from(upTo, ([boot, seq]) => ({ device: "d1", boot, upTo: seq }));
    return { prefixes, stored: samples.length, duplicates: 0 };
  },
});

const opened = await openStore(file);
const store = isHasty ? hasty(opened) : opened;
const connection = connectMqtt(broker, {
  clientId: clientIdOf({ fleet, trainer: id }),
  will: trainerWill(fleet, id),
  ...trainerLink,
});
await createTrainer({ id, fleet, store, connection, batchSeconds: Seconds(0.02) }).start();
let isReady = false;
connection.onConnect(() => {
  console.log("ready");
  if (sayEvery !== undefined && !isReady) sayUsage(sayEvery);
  isReady = true;
});
if (keep !== undefined) setInterval(() => void store.prune(fleet, Date.now() - keep), keep);
