import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HeardSound } from "@ohmwork/agent";
import { describe, expect, it, onTestFinished } from "vitest";
import { keepClipsIn } from "./kept-clips.ts";

const soundAt = (position: number): HeardSound => ({
  kind: "sound",
  row: new Float32Array(1),
  isClipped: false,
  utterance: { position, samples: new Float32Array(1600), onset: 0, level: 0.1, clipped: 0, cut: false },
});

describe("keepClipsIn()", () => {
  it("removes what ended in sound that is suspect, and nothing that ended before it", () => {
    const folder = mkdtempSync(join(tmpdir(), "ohmwork-kept-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const kept = keepClipsIn(folder);
    const files = [0, 3000, 6000].map((position) => kept.keep(position < 6000 ? "ae" : "iy", soundAt(position)));
    expect(kept.doubt(4000)).toEqual(files.slice(1));
    expect(files.map((file) => existsSync(file))).toEqual([true, false, false]);
    expect(kept.filesOf("ae")).toEqual(files.slice(0, 1));
    expect(kept.filesOf("iy")).toEqual([]);
  });
});
