import { type DestinationStream, pino } from "pino";
import type { TrainerEvents } from "./trainer.ts";

export type LogLevel = "debug" | "info" | "warn" | "silent";

/**
 * Lines of JSON that say what a trainer does, with device, boot and seq where there are any. No payload and no address
 * is ever in one.
 *
 * @param destination standard output by default
 */
export function logEvents(
  options: { readonly level?: LogLevel; readonly trainer: string; readonly fleet: string },
  destination?: DestinationStream,
): Required<Pick<TrainerEvents, "onStatus" | "onCommit" | "onRefused" | "onReplay" | "onRollout" | "onRun" | "onTrouble">> {
  const { level = "info", trainer, fleet } = options;
  const settings = { level, base: { trainer, fleet }, timestamp: pino.stdTimeFunctions.isoTime };
  const log = destination === undefined ? pino(settings) : pino(settings, destination);
  return {
    onStatus: (device, { state, boot }) => log.info({ device, boot }, `Device is ${state}`),
    onCommit: ({ result: { prefixes, stored, duplicates }, seconds }) => {
      if (!log.isLevelEnabled("debug")) return;
      for (const { device, boot, upTo: seq, beyond } of prefixes) log.debug({ device, boot, seq, beyond }, "Committed");
      log.debug({ stored, duplicates, seconds }, "Commit");
    },
    onRefused: (topic, { reason, detail }) => log.warn({ topic: topic.slice(0, 200), reason, detail }, "Message refused"),
    onReplay: (device, boot, seq) => log.info({ device, boot, seq }, "Samples are missing, asked for them"),
    onRollout: (rollout, { what, detail, by }) => log.info({ rollout, by, detail }, `Rollout ${what}`),
    onRun: (run, { state, progress, reason }) => {
      if (progress === undefined) log.info({ run, reason }, `Run is ${state}`);
      else log.debug({ run, ...progress }, "Run went on");
    },
    onTrouble: (message) => log.warn(withoutPasswords(message)),
  };
}

/** Messages name addresses without passwords already; this is for those of other programs. */
const withoutPasswords = (text: string): string => text.replaceAll(/(\w+:\/\/)[^\s/@]*@/g, "$1");
