import type { SensorAnswer, SensorCounts } from "@ohmwork/agent";
import { CLIP_RATE } from "@ohmwork/tasks";

/** One answer in one line. */
export function heardLine({ label, confidence, likeliest, sound, evidence }: SensorAnswer): string {
  const { utterance, clip, isClipped } = sound;
  const seconds = (utterance.samples.length - utterance.onset) / CLIP_RATE;
  const guess = label === likeliest ? "" : ` (${likeliest}?)`;
  const level = (20 * Math.log10(utterance.level)).toFixed(0).replace("-", "−");
  const parts = [
    `${`${label}${guess}`.padEnd(14)} ${String(Math.round(100 * confidence)).padStart(3)} %`,
    `${seconds.toFixed(2)} s`,
    `${level} dBFS`,
    ...(isClipped ? ["clipped"] : []),
    ...(clip === undefined ? [] : [clip]),
    ...(evidence === undefined ? [] : [evidence]),
  ];
  return parts.join("  ");
}

/** What became of everything that was heard, without what did not happen. */
export function countsLine(counts: SensorCounts): string {
  const { answers, unknown, clipped, unheard, leased, failed, gaps, suspect, evidenceRefused } = counts;
  const some: readonly (readonly [number, string])[] = [
    [unknown, "unknown"],
    [clipped, "clipped"],
    [unheard.tooShort, "too short"],
    [unheard.tooLong, "too long"],
    [unheard.brokenOff, "broken off"],
    [unheard.silent, "silent"],
    [leased, "during a lease"],
    [failed, "not measured"],
    [suspect, "suspect"],
    [evidenceRefused, "without evidence"],
    ...Object.entries(gaps).map(([reason, count]) => [count, `gaps: ${reason}`] as const),
  ];
  const rest = some.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [`${answers} answers`, ...rest].join(", ");
}
