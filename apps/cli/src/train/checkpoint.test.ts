import type { TrainingState } from "@ohmwork/learning";
import { Encoder } from "cbor-x";
import { describe, expect, it } from "vitest";
import { decodeCheckpoint, encodeCheckpoint, isCheckpoint } from "./checkpoint.ts";
import { howToGoOn } from "./keep-checkpoint.ts";

const counts = { deviceEvaluations: 5, skippedSteps: 1, retriedCalls: 2 };
const state: TrainingState = {
  phase: 0,
  epoch: 1,
  batch: 2,
  step: 3,
  parameters: Float32Array.of(1, -2),
  slots: [Float32Array.of(0, 0.5)],
  devices: { plate: Uint8Array.of(1, 2) },
  counts: { ...counts, lostRows: 3, sparedSteps: 4 },
};
const name = { task: "digits", rule: "pat", seed: 1 };
const encoder = new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false });
const encoded = (value: unknown): Uint8Array => new Uint8Array(encoder.encode(value));

describe("decodeCheckpoint()", () => {
  it("gives back what was kept", () => {
    expect(decodeCheckpoint(encodeCheckpoint(name, state), name)).toEqual(state);
  });

  it("reads a file from before lost rows and spared steps were counted", () => {
    const before = encoded({ format: "ohmwork.checkpoint/1", of: name, state: { ...state, counts } });
    expect(decodeCheckpoint(before, name).counts).toEqual({ ...counts, lostRows: 0, sparedSteps: 0 });
  });

  it("refuses what is of another choice, on whichever side it is named", () => {
    const hinged = { ...name, loss: "hinge" };
    expect(() => decodeCheckpoint(encodeCheckpoint(hinged, state), name)).toThrow(
      "Checkpoint is of loss hinge, this training of as is usual",
    );
    expect(() => decodeCheckpoint(encodeCheckpoint(name, state), hinged)).toThrow(
      "Checkpoint is of loss as is usual, this training of hinge",
    );
  });
});

describe("isCheckpoint()", () => {
  it("knows checkpoints of any training and format, and nothing else", () => {
    expect(isCheckpoint(encodeCheckpoint(name, state))).toBe(true);
    expect(isCheckpoint(encoded({ format: "ohmwork.checkpoint/2" }))).toBe(true);
    for (const other of [
      new Uint8Array(),
      Buffer.from("a letter"),
      encoded({ format: "letter/1" }),
      encoded("ohmwork.checkpoint/1"),
    ])
      expect(isCheckpoint(other)).toBe(false);
  });
});

describe("howToGoOn()", () => {
  it("names the file as a shell takes it", () => {
    expect(howToGoOn("runs/plate-1.ckpt")).toBe("to go on, the same command with --resume runs/plate-1.ckpt");
    expect(howToGoOn("my plate's.ckpt")).toBe(String.raw`to go on, the same command with --resume 'my plate'\''s.ckpt'`);
  });
});
