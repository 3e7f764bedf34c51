import { Seconds } from "@ohmwork/core";
import { connectMqtt } from "@ohmwork/runtime";
import { trainerLink } from "@ohmwork/trainer";
import { topicFilterOf } from "@ohmwork/wire";
import { offer } from "./program.ts";

// A subscriber with the link of a trainer that does nothing with what it hears.

export type SubscriberProgram = {
  readonly start: (given: { readonly broker: string }) => Promise<void>;
  /** Messages so far, and when the last one came [ms since 1970]. */
  readonly counts: () => { readonly count: number; readonly lastAt: number };
};

let count = 0;
let lastAt = 0;

offer({
  start: async ({ broker }) => {
    const connection = connectMqtt(broker, { clientId: "subscriber", ...trainerLink });
    await connection.whenConnected(Seconds(20));
    const filter = topicFilterOf("bench", "sample");
    const take = (): void => {
      count += 1;
      lastAt = Date.now();
    };
    await connection.subscribe(filter, take, { sharedBy: "trainers" });
  },
  counts: () => ({ count, lastAt }),
} satisfies SubscriberProgram);
