import fc from "fast-check";
import { expect, test } from "vitest";
import { int, ints, text } from "../graph.ts";
import { floats, seeds } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { checkGradient } from "../testing/gradient-check.ts";
import { windows } from "../testing/window-draws.ts";
import { convRules } from "./conv.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

const few = fc.integer({ min: 1, max: 2 });
const counts = fc.record({ samples: few, group: few, channels: few, filters: few });
const range = { low: -1, high: 1 };

const conv: Cases = fc
  .tuple(windows({ rank: 2 }), counts, fc.boolean(), seeds, fc.boolean())
  .map(([window, { samples, group, channels, filters }, isBiased, seed, isOpen]) => {
    const isAuto = window.attributes["auto_pad"] !== undefined;
    return {
      inputs: [
        floats(seed, [samples, group * channels, ...window.sizes], range),
        { ...floats(seed + 1, [group * filters, channels, ...window.kernel], range), isSized: true },
        isBiased ? floats(seed + 2, [group * filters], range) : undefined,
      ],
      attributes: { ...window.attributes, group: int(group) },
      // The pads of such a mode follow from the sizes where a stride is greater than 1.
      isOpen: isOpen && !(isAuto && window.strides.some((stride) => stride > 1)),
    };
  });

const convTranspose: Cases = fc
  .tuple(
    windows({ rank: 2 }),
    counts,
    fc.boolean(),
    seeds,
    fc.boolean(),
    fc.array(fc.nat(2), { minLength: 2, maxLength: 2 }),
    fc.boolean(),
  )
  .map(([window, { samples, group, channels, filters }, isBiased, seed, isOpen, extra, isShaped]) => {
    const { kernel, strides, dilations, sizes, attributes } = window;
    const given = attributes["pads"]?.kind === "ints" ? attributes["pads"].value : undefined;
    const added = kernel.map((_, axis) => Math.min(extra[axis] as number, (strides[axis] as number) - 1));
    const made = sizes.map((size, axis) => {
      const taken = given === undefined ? 0 : (given[axis] as number) + (given[axis + kernel.length] as number);
      return (
        (strides[axis] as number) * (size - 1) +
        ((kernel[axis] as number) - 1) * (dilations[axis] as number) +
        1 +
        (added[axis] as number) -
        taken
      );
    });
    // Nothing would be left of some that take much away: those are told what to make.
    const isShapedHere = (isShaped || made.some((size) => size < 1)) && given !== undefined;
    const { pads, ...unpadded } = attributes;
    return {
      inputs: [
        floats(seed, [samples, group * channels, ...sizes], range),
        { ...floats(seed + 1, [group * channels, filters, ...kernel], range), isSized: true },
        isBiased ? floats(seed + 2, [group * filters], range) : undefined,
      ],
      attributes: {
        ...(isShapedHere ? unpadded : { ...unpadded, ...(pads ? { pads } : {}) }),
        ...(isShapedHere
          ? {
              output_shape: ints(made.map((size) => Math.max(1, size))),
              auto_pad: text(seed % 2 === 0 ? "SAME_UPPER" : "NOTSET"),
            }
          : {}),
        output_padding: ints(added),
        group: int(group),
      },
      isOpen: isOpen && !isShapedHere,
    };
  });

checkRules("convolutions", convRules, { Conv: conv, ConvTranspose: convTranspose });

test.each([
  ["many channels, for each place of the kernel a product", [1, 16, 3, 2], [2, 16, 2, 2]],
  ["a kernel too large to copy the values for each of its places", [1, 1, 7, 7], [1, 1, 6, 6]],
])("Conv has the gradient that differences have with %s", async (_, values, kernel) => {
  await expect(checkGradient({ op: "Conv", inputs: [floats(1, values, range), floats(2, kernel, range)] })).resolves.toBe(
    "float32",
  );
});

test.each([
  ["by one", { pads: ints([1, 0, 0, 1]), dilations: ints([1, 2]) }, [3, 2, 2, 2]],
  ["by more", { pads: ints([1, 1, 0, 0]), strides: ints([2, 1]) }, [1, 2, 3, 2]],
])("Conv has the gradient that differences have over a batch, where the window moves %s", async (_, attributes, kernel) => {
  const inputs = [floats(1, [32, 2, 3, 3], range), floats(2, kernel, range), floats(3, [kernel[0] as number], range)];
  await expect(checkGradient({ op: "Conv", inputs, attributes })).resolves.toBe("float32");
});

test("ConvTranspose has the gradient that differences have over a batch", async () => {
  const inputs = [floats(1, [32, 2, 2, 2], range), floats(2, [2, 1, 2, 2], range)];
  await expect(checkGradient({ op: "ConvTranspose", inputs, attributes: { strides: ints([2, 1]) } })).resolves.toBe("float32");
});
