import { type Batch, createBatch } from "@ohmwork/core";

/** Means of the 2 × 2 blocks of pictures [rows, height, width]: [rows, height / 2, width / 2]. @throws RangeError when a side is odd */
export function meanPool2x2(pictures: Batch): Batch {
  const { count, height, width } = pictureShape(pictures);
  if (height % 2 !== 0 || width % 2 !== 0) throw new RangeError(`Sides of ${height} × ${width} pixels do not halve`);
  const { data } = pictures;
  const pooled = new Float32Array(data.length / 4);
  let to = 0;
  for (let top = 0; top < count * height; top += 2) {
    for (let from = top * width; from < (top + 1) * width; from += 2) {
      const sum =
        (data[from] as number) + (data[from + 1] as number) + (data[from + width] as number) + (data[from + width + 1] as number);
      pooled[to] = sum / 4;
      to += 1;
    }
  }
  return createBatch(pooled, [count, height / 2, width / 2]);
}

/** Every second pixel of every second line of pictures [rows, height, width], from the first: [rows, ⌈height / 2⌉, ⌈width / 2⌉]. */
export function subsample2x2(pictures: Batch): Batch {
  const { count, height, width } = pictureShape(pictures);
  const lines = Math.ceil(height / 2);
  const columns = Math.ceil(width / 2);
  const data = new Float32Array(count * lines * columns);
  for (let picture = 0; picture < count; picture += 1) {
    for (let y = 0; y < lines; y += 1) {
      const from = (picture * height + 2 * y) * width;
      const to = (picture * lines + y) * columns;
      for (let x = 0; x < columns; x += 1) data[to + x] = pictures.data[from + 2 * x] as number;
    }
  }
  return createBatch(data, [count, lines, columns]);
}

/**
 * Pictures [rows, height, width] cut into squares of `side`, line by line: [rows, squares, side²].
 *
 * @throws RangeError when the squares do not fill the picture
 */
export function cutIntoSquares(pictures: Batch, side: number): Batch {
  const { count, height, width } = pictureShape(pictures);
  if (!(Number.isInteger(side) && side >= 1 && height % side === 0 && width % side === 0)) {
    throw new RangeError(`Squares of side ${side} do not fill ${height} × ${width} pixels`);
  }
  const data = new Float32Array(pictures.data.length);
  let to = 0;
  for (let picture = 0; picture < count; picture += 1) {
    for (let top = 0; top < height; top += side) {
      for (let left = 0; left < width; left += side) {
        for (let y = top; y < top + side; y += 1) {
          const from = (picture * height + y) * width + left;
          data.set(pictures.data.subarray(from, from + side), to);
          to += side;
        }
      }
    }
  }
  return createBatch(data, [count, (height / side) * (width / side), side * side]);
}

/** @throws RangeError when the batch is not of shape [rows, height, width] */
export function pictureShape({ shape }: Batch): { count: number; height: number; width: number } {
  const [count = 0, height = 0, width = 0] = shape;
  if (shape.length !== 3) throw new RangeError(`Pictures have shape [${shape.join(", ")}], expected [rows, height, width]`);
  return { count, height, width };
}
