import { PassThrough } from "node:stream";
import { createFakeClock } from "@ohmwork/core/testing";
import { Seconds } from "@ohmwork/core";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { createStageView } from "./stage-view.ts";

/** A stream that keeps what is written to it, and may be a terminal. */
function screen(isTTY: boolean): { stream: NodeJS.WriteStream; said: () => string } {
  let said = "";
  const stream = new PassThrough().on("data", (chunk: Buffer) => (said += chunk.toString()));
  return { stream: Object.assign(stream, { isTTY, columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream, said: () => said };
}

describe("createStageView()", () => {
  it("says at once what goes on, and then no more than now and then", async () => {
    const clock = createFakeClock();
    const { stream, said } = screen(false);
    const view = createStageView(stream, "digits", clock);
    view.show("reads the data");
    view.show("measures", { done: 1, all: 10 });
    await clock.advance(Seconds(2));
    view.show("measures", { done: 2, all: 10 });
    view.show("measures", { done: 3, all: 10 });
    view.clear();
    expect(said()).toBe("digits: reads the data\ndigits: measures, 20 %\n");
  });

  it("draws a bar on a terminal, and takes it off again", () => {
    const { stream, said } = screen(true);
    const view = createStageView(stream, "digits", createFakeClock());
    view.show("tests", { done: 3, all: 4 });
    const drawn = said();
    expect(stripVTControlCharacters(drawn)).toContain(`digits\n${"━".repeat(32)}  75 %  tests`);
    view.clear();
    expect(said().slice(drawn.length)).not.toContain("tests");
    expect(said().length).toBeGreaterThan(drawn.length);
  });
});
