import type { TrainerEvents } from "./trainer.ts";

/** Tells each of several listeners, in their order. */
export function combineEvents(...listeners: readonly TrainerEvents[]): Required<TrainerEvents> {
  return {
    onProgress: (...args) => listeners.forEach(({ onProgress }) => onProgress?.(...args)),
    onStatus: (...args) => listeners.forEach(({ onStatus }) => onStatus?.(...args)),
    onSamples: (...args) => listeners.forEach(({ onSamples }) => onSamples?.(...args)),
    onCommit: (...args) => listeners.forEach(({ onCommit }) => onCommit?.(...args)),
    onRefused: (...args) => listeners.forEach(({ onRefused }) => onRefused?.(...args)),
    onReplay: (...args) => listeners.forEach(({ onReplay }) => onReplay?.(...args)),
    onRollout: (...args) => listeners.forEach(({ onRollout }) => onRollout?.(...args)),
    onRun: (...args) => listeners.forEach(({ onRun }) => onRun?.(...args)),
    onTrouble: (...args) => listeners.forEach(({ onTrouble }) => onTrouble?.(...args)),
  };
}
