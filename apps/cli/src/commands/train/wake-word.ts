import { setImmediate as nextTurn } from "node:timers/promises";
import { BadInputError, didYouMean } from "@ohmwork/core";
import { type CorpusScore, runWakeWord, type WakeWordResult, type WakeWordRule, wakeWordRules } from "@ohmwork/recipes";
import { runUntilSignal, systemClock } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { dataFile } from "../../data-file.ts";
import { createOutput, VERSION } from "../../output.ts";
import { decimalNumber, strictCommand, wholeNumber } from "../../strict-command.ts";
import { readWakeWord } from "../../train/read-wake-word.ts";

const args = {
  data: {
    type: "string",
    required: true,
    valueHint: "folder",
    description: "Folder with wake-words, and fsdd and vowels-hillenbrand-wav",
  },
  word: { type: "string", default: "computer", valueHint: "name", description: "Folder of wake-words with the word" },
  rule: {
    type: "string",
    default: "in-place",
    valueHint: "name",
    description: `Where the weights come from: ${wakeWordRules.join(", ")}`,
  },
  seed: { type: "string", default: "1", valueHint: "N", description: "Draws the board" },
  gap: {
    type: "string",
    default: "1",
    valueHint: "factor",
    description: "Size of the gap between board and drawn ear; 0 is none",
  },
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const wakeWord: CommandDef = strictCommand({
  name: "train wake-word",
  description: "Train and try a detector of one word, in five folds by voice",
  args,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const seed = wholeNumber(options.seed, "--seed", { min: 0, max: 0xffff_ffff }) as number;
    const gapScale = decimalNumber(options.gap, "--gap", { min: 0, max: 10 }) as number;
    const rule = wakeWordRules.find((name) => name === options.rule);
    if (rule === undefined)
      throw new BadInputError(`Unknown rule "${options.rule}"${didYouMean(options.rule, [...wakeWordRules])}`);
    const { words, corpora } = await readWakeWord(dataFile(options.data), options.word);
    const started = systemClock.monotonic();
    const result = await runUntilSignal((signal) =>
      runWakeWord(words, corpora, {
        seed,
        rule,
        gapScale,
        signal,
        onProgress: async (done, of, what) => {
          output.note(`${what}: ${done} of ${of}`);
          await nextTurn(); // lets Ctrl-C be heard
        },
      }),
    );
    const seconds = systemClock.monotonic() - started;
    output.result(trained(result, { word: options.word, rule, seed, gapScale, seconds }), lines(result, options.word));
  },
});

type About = {
  readonly word: string;
  readonly rule: WakeWordRule;
  readonly seed: number;
  readonly gapScale: number;
  readonly seconds: number;
};

function trained({ words, all, corpora, folds, voices }: WakeWordResult, about: About): Record<string, unknown> {
  const { word, rule, seed, gapScale, seconds } = about;
  const header = { schema: "ohmwork.train-wake-word/1", version: VERSION, task: "wake-word", system: "ear-12", rule, seed };
  return { ...header, word, gapScale, seconds, words, ...all, corpora, folds, voices };
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function lines({ words, all, corpora, folds }: WakeWordResult, word: string): string[] {
  const row = ({ corpus, clips, area, rates, takenAtAll }: CorpusScore): string => {
    const hits = rates.map(({ hitRate, interval: { low, high } }) =>
      `${percent(hitRate)} (${percent(low)} to ${percent(high)})`.padEnd(24),
    );
    const taken = takenAtAll.map((share) => `${(100 * share).toFixed(1)} %`).join(", ");
    return `  ${corpus.padEnd(12)}${String(clips).padStart(6)}  ${area.toFixed(3)}  ${hits.join("")}${taken}`;
  };
  return [
    `${word}: ${words} clips against ${all.clips} others, area under the curve ${all.area.toFixed(3)} (folds ${folds.map(({ area }) => area.toFixed(3)).join(", ")})`,
    `  not the word clips  area   ${["hits at 1 % taken", "at 2 %", "at 5 %"].map((title) => title.padEnd(24)).join("")}taken of them at all's 1, 2, 5 %`,
    ...[all, ...corpora].map(row),
  ];
}
