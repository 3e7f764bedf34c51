import { createDataset } from "../dataset.ts";
import { petersonBarneyLines } from "../data/peterson-barney-table.ts";
import type { SpokenDataset } from "./spoken-dataset.ts";

/** The order of the table; ah is the vowel of "hud", aa that of "hod". */
const vowels = ["iy", "ih", "eh", "ae", "ah", "aa", "ao", "uh", "uw", "er"] as const;
const RECORDINGS = 2;
const featureNames = ["f0", "f1", "f2", "f3"] as const;

/** Peterson and Barney's vowels: pitch F0 and formants F1 to F3 [Hz] of 10 American vowels, each spoken twice by 76 people. */
export function petersonBarney(): SpokenDataset {
  const lines = petersonBarneyLines.split("\n").map((line) => line.split(" "));
  const perSpeaker = vowels.length * RECORDINGS;
  const dataset = createDataset({
    name: "vowel formants",
    source: "G. E. Peterson and H. L. Barney, J. Acoust. Soc. Am. 24, 175–184 (1952), as in praat 6.3.07",
    featureNames,
    features: Float32Array.from(lines.flatMap(([, ...numbers]) => numbers.map(Number))),
    classes: vowels,
    labels: Uint32Array.from(lines.flatMap(() => Array.from({ length: perSpeaker }, (_, i) => Math.floor(i / RECORDINGS)))),
  });
  return { ...dataset, speakers: lines.flatMap(([group], i) => Array<string>(perSpeaker).fill(`${group}${i + 1}`)) };
}
