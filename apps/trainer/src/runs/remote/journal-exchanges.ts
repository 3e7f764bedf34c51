import { decode, longestMessageBytes } from "@ohmwork/wire";
import type { Exchange } from "../store/run-store.ts";
import { RemoteDeviceError } from "./device-error.ts";
import type { Exchanges } from "./exchanges.ts";

/** Answers from a journal in the place of devices: to each request what was answered then, again and again in its order. */
export function createJournalExchanges(journal: readonly Exchange[]): Exchanges {
  const keyOf = (device: string, request: string): string => `${device}/${request}`;
  const left = Map.groupBy(journal, ({ device, request }) => keyOf(device, request));
  return {
    ask: async (device, { request }) => {
      const answers = left.get(keyOf(device, request)) ?? [];
      const [first] = answers;
      if (first === undefined)
        throw new RemoteDeviceError(`The journal has no answer of device ${device} to ${request}`, { device, reason: "unknown" });
      // A measurement that was repeated and gave the same answer was kept once or twice.
      if (answers.length > 1) answers.shift();
      const answer = decode("responded", first.payload, longestMessageBytes);
      if (answer.ok) return answer.value;
      throw new RemoteDeviceError(`The journal cannot be read: ${answer.detail}`, { device, reason: answer.reason });
    },
  };
}
