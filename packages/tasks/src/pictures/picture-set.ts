import { BadInputError, createBatch, createRandom } from "@ohmwork/core";
import type { LabelledBatch, SplitDataset } from "../labelled-batch.ts";
import type { Idx } from "./idx.ts";

/** The two files of each part, as they were parsed. */
export type PictureFiles = {
  readonly train: { readonly pictures: Idx; readonly labels: Idx };
  readonly test: { readonly pictures: Idx; readonly labels: Idx };
};

export type PictureOptions = {
  /** Decides which of the training pictures are kept for validation. */
  readonly seed: number;
  /** Pictures kept for validation. @default a sixth of the training pictures, 10,000 of 60,000 */
  readonly validation?: number;
};

/**
 * MNIST, or any set of digits in its form: pictures [rows, height, width] of 0 (paper) to 1 (ink), ten classes. The validation
 * pictures are drawn from the training ones; the test pictures stay as they are.
 *
 * @throws BadInputError when the files do not belong together
 * @throws RangeError when `validation` leaves no picture to learn from
 */
export function createDigits(files: PictureFiles, options: PictureOptions): SplitDataset {
  return createPictureSet(files, options, {
    name: "digits",
    source: "MNIST, Y. LeCun, C. Cortes and C. J. C. Burges (1998)",
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  });
}

/** Fashion-MNIST: ten kinds of clothes in the form of MNIST; all else as for `createDigits`. */
export function createFashion(files: PictureFiles, options: PictureOptions): SplitDataset {
  return createPictureSet(files, options, {
    name: "fashion",
    source: "Fashion-MNIST, H. Xiao, K. Rasul and R. Vollgraf, arXiv 1708.07747 (2017)",
    classes: ["T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"],
  });
}

function createPictureSet(
  files: PictureFiles,
  options: PictureOptions,
  about: Pick<SplitDataset, "name" | "source" | "classes">,
): SplitDataset {
  checkPart("training", files.train, about.classes.length);
  checkPart("test", files.test, about.classes.length);
  const [count = 0, ...size] = files.train.pictures.shape;
  const testSize = files.test.pictures.shape.slice(1);
  if (size.join() !== testSize.join()) {
    throw new BadInputError(
      `Training pictures have ${size.join(" × ")} pixels, test pictures ${testSize.join(" × ")}: expected the same`,
    );
  }
  const { seed, validation = Math.round(count / 6) } = options;
  if (!(Number.isInteger(validation) && validation >= 0 && validation < count)) {
    throw new RangeError(`Validation takes 0 to ${count - 1} of ${count} training pictures: ${validation} given`);
  }
  const order = createRandom(seed, "validation pictures").permutation(count);
  return {
    ...about,
    train: takePictures(files.train, order.slice(0, count - validation).sort()),
    validation: takePictures(files.train, order.slice(count - validation).sort()),
    test: takePictures(files.test, Uint32Array.from(files.test.labels.data.keys())),
  };
}

function checkPart(part: string, { pictures, labels }: PictureFiles["train"], classes: number): void {
  if (pictures.shape.length !== 3 || labels.shape.length !== 1) {
    throw new BadInputError(
      `The ${part} files have ${pictures.shape.length} and ${labels.shape.length} dimensions, expected 3 of pictures and 1 of labels`,
    );
  }
  if (pictures.shape[0] !== labels.shape[0]) {
    throw new BadInputError(
      `There are ${pictures.shape[0]} ${part} pictures and ${labels.shape[0]} labels, expected a label for each`,
    );
  }
  const wrong = labels.data.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new BadInputError(`Label ${wrong} of the ${part} pictures is ${labels.data[wrong]}, expected 0 to ${classes - 1}`);
  }
}

function takePictures({ pictures, labels }: PictureFiles["train"], rows: Uint32Array): LabelledBatch {
  const [, height = 0, width = 0] = pictures.shape;
  const pixels = height * width;
  const data = new Float32Array(rows.length * pixels);
  for (const [i, row] of rows.entries()) {
    for (let k = 0; k < pixels; k += 1) data[i * pixels + k] = (pictures.data[row * pixels + k] as number) / 255;
  }
  return { inputs: createBatch(data, [rows.length, height, width]), labels: rows.map((row) => labels.data[row] as number) };
}
