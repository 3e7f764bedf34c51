import { type Batch, createBatch, type Random, rowsOf } from "@ohmwork/core";
import { LOUDEST_VOLTS } from "@ohmwork/tasks";

/** White noise on rows of sound. */
export type SoundNoise = {
  /** Samples at the head of each row; what stands behind them is no sound. */
  readonly samples: number;
  /** Noise below the loudest frame of 1 V, of which each training batch gets one [dB]. */
  readonly decibels: readonly number[];
  /** What a trained system is reported on [dB]. */
  readonly reported: readonly number[];
};

/** Noise that every microphone has of itself [dB]: what is added makes up the rest. */
const OWN_DECIBELS = 30;

/** Rows with white noise of so many decibels below 1 V in all, the microphone's own counted in. */
export function withSoundNoise(rows: Batch, samples: number, decibels: number, random: Random): Batch {
  const volts = Math.sqrt(Math.max(0, 10 ** (-decibels / 10) - 10 ** (-OWN_DECIBELS / 10)));
  if (volts === 0) return rows;
  const { count, width } = rowsOf(rows);
  const data = rows.data.slice();
  for (let row = 0; row < count; row += 1) {
    for (let i = row * width; i < row * width + samples; i += 1) {
      const noisy = (data[i] as number) + volts * random.normal();
      data[i] = Math.min(LOUDEST_VOLTS, Math.max(-LOUDEST_VOLTS, noisy));
    }
  }
  return createBatch(data, rows.shape);
}
