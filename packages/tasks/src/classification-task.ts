import { takeRows } from "@ohmwork/core";
import { nonNegativeLeastSquares } from "./baselines/non-negative-least-squares.ts";
import type { Classifier } from "./baselines/labelled-rows.ts";
import { logisticRegression } from "./baselines/logistic-regression.ts";
import { majorityClass } from "./baselines/majority-class.ts";
import { nearestClassMean } from "./baselines/nearest-class-mean.ts";
import type { Dataset } from "./dataset.ts";
import { type Column, defaultColumns, type Encoding, fitEncoding } from "./encoding.ts";
import { type Split, stratifiedSplit } from "./split.ts";
import { gradedTargets, oneOutputPerClass, type Targets } from "./targets.ts";
import { accuracy, type Examples, type Task } from "./task.ts";

export type ClassificationOptions = {
  /** Decides which rows are learnt from, and their order. */
  readonly seed: number;
  readonly supplyVolts: number;
  /** Share of each class to learn from. @default 0.5 */
  readonly trainFraction?: number;
  /** What the source nodes carry. @default every feature, every complement, ground and supply */
  readonly columns?: readonly Column[];
  /** One output with a level per class, or an output for each class. @default "graded" */
  readonly targets?: "graded" | "one-per-class";
};

/** A classification, with the parts needed to put new measurements to a system and to read its answers. */
export type ClassificationTask = Task & {
  readonly kind: "classification";
  readonly classNames: readonly string[];
  readonly split: Split;
  readonly encoding: Encoding;
  readonly targets: Targets;
};

/**
 * To tell the classes of a data set apart. Baselines, as accuracies on the test rows: `majorityClass`; `nearestClassMean`
 * and `logisticRegression` on the raw features; for graded targets `nonNegativeLeastSquares`, a mean of the source voltages with
 * weights ≥ 0 of sum 1 fitted to the targets: what a network of resistors could give on this encoding.
 *
 * @throws RangeError when a class cannot be split, or an option is outside its range
 */
export function classificationTask(dataset: Dataset, options: ClassificationOptions): ClassificationTask {
  const { seed, supplyVolts, trainFraction = 0.5 } = options;
  const { features, labels, classes, featureNames } = dataset;
  const columns = options.columns ?? defaultColumns(featureNames.length);
  const split = stratifiedSplit(labels, { trainFraction, seed });
  const encoding = fitEncoding(features, split.train, { supplyVolts, columns });
  const createTargets = options.targets === "one-per-class" ? oneOutputPerClass : gradedTargets;
  const targets = createTargets(classes.length, supplyVolts);
  const classesOf = (rows: Uint32Array): Uint32Array => rows.map((row) => labels[row] as number);
  const examplesOf = (rows: Uint32Array): Required<Examples> => {
    const own = classesOf(rows);
    return { inputs: encoding.encode(takeRows(features, rows)), labels: targets.encode(own), classes: own };
  };
  const train = examplesOf(split.train);
  const test = examplesOf(split.test);

  return {
    name: dataset.name,
    kind: "classification",
    supplyVolts,
    inputNames: columns.map((column) => columnName(column, featureNames, supplyVolts)),
    train,
    test,
    classNames: classes,
    split,
    encoding,
    targets,
    score: (outputs, examples) => accuracy(targets.decode(outputs), examples.classes ?? targets.decode(examples.labels)),
    baselines: () => {
      const raw = { features: takeRows(features, split.train), labels: train.classes, classes: classes.length };
      const rawTest = takeRows(features, split.test);
      const score = (classifier: Classifier): number => accuracy(classifier(rawTest), test.classes);
      return {
        majorityClass: score(majorityClass(raw)),
        nearestClassMean: score(nearestClassMean(raw)),
        logisticRegression: score(logisticRegression(raw)),
        // Only a graded output asks for the targets themselves; where the highest output wins, fitting them is beside the point.
        ...(options.targets === "one-per-class"
          ? {}
          : { nonNegativeLeastSquares: accuracy(targets.decode(nonNegativeLeastSquares(train, test.inputs)), test.classes) }),
      };
    },
  };
}

function columnName(column: Column, featureNames: readonly string[], supplyVolts: number): string {
  if ("rail" in column) return `${column.rail * supplyVolts} V`;
  const name = featureNames[column.feature] as string;
  return column.complement === true ? `not ${name}` : name;
}
