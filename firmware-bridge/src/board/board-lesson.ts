import { type Batch, rowOf } from "@ohmwork/core";
import { codes } from "./board-commands.ts";
import type { CodeScale } from "./board-scale.ts";

/** How presentations went, summed. */
export type LessonSums = {
  /** Squared distances of free outputs from their labels [V²], and how many there were. */
  squared: number;
  labelled: number;
  /** Presentations at which something was taught. */
  taught: number;
  /** Positions that wipers moved. */
  moved: number;
};

export function noSums(): LessonSums {
  return { squared: 0, labelled: 0, taught: 0, moved: 0 };
}

export function addSums(total: LessonSums, more: LessonSums): void {
  total.squared += more.squared;
  total.labelled += more.labelled;
  total.taught += more.taught;
  total.moved += more.moved;
}

/** Source codes of a row of inputs, as a command carries them. */
export function sourceCodes(row: Float32Array, sourceCount: number, { codeOf }: CodeScale): string {
  return codes(Array.from(row.subarray(0, sourceCount), codeOf));
}

/** A LEARN command for each row of a lesson. */
export function lessonCommands(inputs: Batch, labels: Batch, sourceCount: number, scale: CodeScale): string[] {
  return Array.from({ length: labels.shape[0] as number }, (_, row) => {
    const wanted = Array.from(rowOf(labels, row), (label) => (Number.isNaN(label) ? -1 : scale.codeOf(label)));
    return `LEARN ${sourceCodes(rowOf(inputs, row), sourceCount, scale)} ${codes(wanted)}`;
  });
}

/** @param values numbers of an answer to LEARN: codes of the free outputs, strength, positions moved */
export function sumsOf(values: readonly number[], labels: Float32Array, { volts }: CodeScale): LessonSums {
  const sums = noSums();
  for (const [k, label] of labels.entries()) {
    if (Number.isNaN(label)) continue;
    sums.squared += (label - volts(values[k] as number)) ** 2;
    sums.labelled += 1;
  }
  sums.taught = (values.at(-2) as number) > 0 ? 1 : 0;
  sums.moved = values.at(-1) as number;
  return sums;
}
