import { z } from "zod";
import { nameValueLines } from "../../output.ts";

/** What a trainer says of a rollout. */
export type ShownRollout = {
  readonly id: string;
  readonly phase: string;
  readonly wave: number;
  readonly history: readonly {
    readonly at: number;
    readonly by: string;
    readonly what: string;
    readonly detail?: string | undefined;
  }[];
  readonly targets?:
    | readonly {
        readonly device: string;
        readonly wave: number;
        readonly phase: string;
        readonly version?: number | undefined;
        readonly reason?: string | undefined;
        readonly detail?: string | undefined;
      }[]
    | undefined;
};

export const rolloutSchema: z.ZodType<ShownRollout> = z.looseObject({
  id: z.string(),
  phase: z.string(),
  wave: z.number(),
  history: z.array(z.looseObject({ at: z.number(), by: z.string(), what: z.string(), detail: z.string().optional() })),
  targets: z
    .array(
      z.looseObject({
        device: z.string(),
        wave: z.number(),
        phase: z.string(),
        version: z.number().optional(),
        reason: z.string().optional(),
        detail: z.string().optional(),
      }),
    )
    .optional(),
});

/** One line: its name, where it stands, and how many devices are in which phase. */
export function summaryOf({ id, phase, wave, targets = [], history }: ShownRollout): string {
  const counts = new Map<string, number>();
  for (const target of targets) counts.set(target.phase, (counts.get(target.phase) ?? 0) + 1);
  const phases = [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
  const why = phase === "stopped" ? ` (${history.findLast(({ what }) => what === "stopped")?.detail ?? "asked for"})` : "";
  return `${id}  ${phase}${why}, wave ${wave + 1}${phases === "" ? "" : `: ${phases}`}`;
}

/** A rollout as a person reads it. */
export function linesOf(rollout: ShownRollout): string[] {
  const targets = (rollout.targets ?? []).map(({ device, wave, phase, version, reason, detail }): [string, string] => {
    const why = reason === undefined ? "" : ` (${reason}${detail === undefined || detail === "" ? "" : `: ${detail}`})`;
    return [device, `wave ${wave + 1}  ${phase}${version === undefined ? "" : ` v${version}`}${why}`];
  });
  const history = rollout.history.map(({ at, by, what, detail }): [string, string] => {
    return [new Date(at).toISOString(), `${what} by ${by}${detail === undefined ? "" : `: ${detail}`}`];
  });
  return [summaryOf(rollout), ...nameValueLines(targets), ...nameValueLines(history)];
}
