import { type Batch, createBatch, type Random } from "@ohmwork/core";
import { pictureShape } from "./pooling.ts";

/** How far a picture may be turned, moved and resized; each is drawn evenly from its range. */
export type AffineRange = {
  /** Turns by up to this angle either way [degrees]. */
  readonly rotationDegrees: number;
  /** Moves by up to this share of its side either way, across and down. */
  readonly shift: number;
  /** Resizes by a factor from the first to the second. */
  readonly scale: readonly [smallest: number, largest: number];
};

/**
 * Pictures [rows, height, width] each turned, resized and moved at random about its middle, bilinear, with 0 all around; drawn
 * anew with every call. For pictures that differ in every epoch but not from run to run, name the epoch in the stream:
 * `createRandom(seed, "augmentation of epoch 3")`.
 *
 * @throws RangeError when a range is not one: angles and shifts ≥ 0, 0 < smallest ≤ largest
 */
export function augmentAffine(pictures: Batch, range: AffineRange, random: Random): Batch {
  const { rotationDegrees, shift, scale } = range;
  const [smallest, largest] = scale;
  if (!(rotationDegrees >= 0 && shift >= 0 && smallest > 0 && smallest <= largest && largest < Infinity)) {
    throw new RangeError(
      `Affine range must have angle and shift of 0 or more and 0 < smallest ≤ largest scale: ${rotationDegrees}°, ${shift}, ${smallest} to ${largest}`,
    );
  }
  const { count, height, width } = pictureShape(pictures);
  const data = new Float32Array(pictures.data.length);
  const warp = createWarp(height, width);
  for (let picture = 0; picture < count; picture += 1) {
    const offset = picture * height * width;
    warp(pictures.data, data, offset, {
      angle: ((2 * random.uniform() - 1) * rotationDegrees * Math.PI) / 180,
      scale: smallest + (largest - smallest) * random.uniform(),
      right: (2 * random.uniform() - 1) * shift * width,
      down: (2 * random.uniform() - 1) * shift * height,
    });
  }
  return createBatch(data, pictures.shape);
}

/** Turned by `angle` [rad], clockwise where y points down, resized by `scale`, moved by `right` and `down` [pixels]. */
export type Affine = { readonly angle: number; readonly scale: number; readonly right: number; readonly down: number };

/**
 * A kernel that warps the picture at `offset` of `source` into the same place of `target`. Each target pixel looks up where it
 * came from: source = middle + R(−angle) (target − middle − shift) / scale, with R(−angle) (x, y) = (x cos + y sin, y cos − x sin).
 */
export function createWarp(
  height: number,
  width: number,
): (source: Float32Array, target: Float32Array, offset: number, affine: Affine) => void {
  // A frame of zeros lets the four neighbours of a point outside be read without asking.
  const stride = width + 2;
  const framed = new Float32Array((height + 2) * stride);
  const middleX = (width - 1) / 2;
  const middleY = (height - 1) / 2;
  return (source, target, offset, { angle, scale, right, down }) => {
    for (let y = 0; y < height; y += 1) {
      const from = offset + y * width;
      framed.set(source.subarray(from, from + width), (y + 1) * stride + 1);
    }
    const cos = Math.cos(angle) / scale;
    const sin = Math.sin(angle) / scale;
    let to = offset;
    for (let y = 0; y < height; y += 1) {
      const fromMiddle = y - middleY - down;
      // Where (0, y) came from, in the frame's own coordinates.
      const startX = 1 + middleX - (middleX + right) * cos + fromMiddle * sin;
      const startY = 1 + middleY + (middleX + right) * sin + fromMiddle * cos;
      for (let x = 0; x < width; x += 1) {
        const sourceX = startX + x * cos;
        const sourceY = startY - x * sin;
        let value = 0;
        if (sourceX >= 0 && sourceX < width + 1 && sourceY >= 0 && sourceY < height + 1) {
          const left = sourceX | 0;
          const top = sourceY | 0;
          const shareX = sourceX - left;
          const shareY = sourceY - top;
          const at = top * stride + left;
          const upper = (framed[at] as number) * (1 - shareX) + (framed[at + 1] as number) * shareX;
          const lower = (framed[at + stride] as number) * (1 - shareX) + (framed[at + stride + 1] as number) * shareX;
          value = upper + (lower - upper) * shareY;
        }
        target[to] = value;
        to += 1;
      }
    }
  };
}
