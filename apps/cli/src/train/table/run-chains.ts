import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AbortedError, OhmworkError } from "@ohmwork/core";
import { WriteFailedError } from "../../write-user-file.ts";
import type { ResultsEntry, ResultsFile } from "./results-file.ts";
import { runChild } from "./run-child.ts";
import type { TableChain, TableRun } from "./table-runs.ts";

export type ChainsOptions = {
  /** `ohmwork` words of a training, without its rule and seed. */
  readonly commandOf: (chain: TableChain) => readonly string[];
  /** Folder for the states of trainings that are not at their end. */
  readonly states: string;
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
};

/**
 * Does what is not yet in the file, so many trainings at once, each in a process of its own.
 *
 * @returns how many could not be done
 * @throws AbortedError when the signal fires; what is done is in the file, what was begun in `states`
 * @throws BadInputError when the file may no longer be written
 * @throws WriteFailedError when a disk takes no more: what else is running is stopped
 */
export async function runChains(chains: readonly TableChain[], results: ResultsFile, options: ChainsOptions): Promise<number> {
  const waiting = chains.filter(({ runs }) => runs.some(({ key }) => !results.entries.has(key)));
  const all = waiting.reduce((sum, { runs }) => sum + runs.filter(({ key }) => !results.entries.has(key)).length, 0);
  let [done, failed] = [0, 0];
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  mkdirSync(options.states, { recursive: true });
  const work = async (): Promise<void> => {
    for (let chain = waiting.shift(); chain !== undefined; chain = waiting.shift()) {
      const states = chain.runs.map(({ key }) => join(options.states, `${key.replaceAll("/", " ")}.ckpt`));
      for (const [k, run] of chain.runs.entries()) {
        if (results.entries.has(run.key)) continue;
        try {
          const made = await runChild(wordsOf(chain, run, states[k] as string, states[0] as string, options), signal);
          const { gap: _, schema: __, ...entry } = made;
          await results.add({ ...entry, key: run.key } as ResultsEntry);
          done += 1;
          const { testAccuracy, seconds } = entry as ResultsEntry;
          options.note(`${done} of ${all}: ${run.key}: ${(100 * testAccuracy).toFixed(2)} % in ${seconds.toFixed(0)} s`);
        } catch (error) {
          if (error instanceof OhmworkError && ["aborted", "bad-input", "write-failed"].includes(error.code)) {
            waiting.length = 0; // stopped, or nothing can be kept: nothing more is begun
            stop.abort();
            throw error;
          }
          failed += 1;
          options.note(`${run.key}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      if (chain.runs.every(({ key }) => results.entries.has(key))) for (const state of states) rmSync(state, { force: true });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: options.jobs }, work));
  const rejected = ends.filter((end) => end.status === "rejected");
  const stopped = rejected.find(({ reason }) => !(reason instanceof AbortedError)) ?? rejected[0];
  if (stopped?.reason instanceof WriteFailedError) {
    const { message, details } = stopped.reason;
    const kept = `make room and give the same command again, ${done} of ${all} trainings are kept`;
    throw new WriteFailedError(`${message}: ${kept}`, details, { cause: stopped.reason });
  }
  if (stopped !== undefined) throw stopped.reason;
  if (readdirSync(options.states).length === 0) rmdirSync(options.states);
  return failed;
}

function wordsOf(chain: TableChain, run: TableRun, own: string, first: string, { commandOf }: ChainsOptions): string[] {
  const from = existsSync(own) ? own : existsSync(first) ? first : undefined;
  const training = ["--system", chain.system, "--rule", run.rule, "--seed", String(chain.seed), "--checkpoint", own, "--json"];
  return [...commandOf(chain), ...training, ...(from === undefined ? [] : ["--resume", from]), ...(run.words ?? [])];
}
