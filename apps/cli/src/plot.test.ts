import { expect, it } from "vitest";
import { plotLines } from "./plot.ts";

it("plotLines() draws a fall over two decades from the top left to the bottom right", () => {
  const values = Array.from({ length: 9 }, (_, i) => 10 ** (-i / 4));
  expect(plotLines(values, { width: 9, height: 2 })).toEqual(["     1.0 ┤█▆▄▂     ", "   0.010 ┤█████▆▄▂▁"]);
});

it("plotLines() averages many values into its columns and leaves out what is not positive", () => {
  const [line] = plotLines(
    Array.from({ length: 100 }, () => 0.5),
    { width: 10, height: 1 },
  );
  expect(line).toBe("   0.050 ┤██████████".replace("   0.050", "    0.50"));
  expect(plotLines([0, 0], { width: 4, height: 2 })).toEqual([]);
});
