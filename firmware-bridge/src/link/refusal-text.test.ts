import { expect, it } from "vitest";
import { refusalText } from "./refusal-text.ts";

it("refusalText() says in words what is wrong on a bench, and all else as it came", () => {
  expect(refusalText("CHIP", "07 084 080")).toBe(
    "wiper 1 of potentiometer chip 4 (edge 7) stands at 128, expected 132; did the chip lose its power?",
  );
  expect(refusalText("CHIP", "06 084 100")).toBe("wiper 0 of potentiometer chip 4 (edge 6) stands at 256, expected 132");
  expect(refusalText("CHIP", "04 000")).toBe("wiper 0 of potentiometer chip 3 (edge 4) does not answer");
  expect(refusalText("DAC", "02")).toBe("DAC 2 does not acknowledge");
  expect(refusalText("RANGE", "03")).toBe("RANGE, 03");
  expect(refusalText("COMMAND", "")).toBe("COMMAND");
  expect(refusalText("CHIP", "")).toBe("CHIP");
});
