export { type ClassificationOptions, type ClassificationTask, classificationTask } from "./classification-task.ts";
export { parseCsv } from "./csv.ts";
export { createDataset, type Dataset } from "./dataset.ts";
export { type Column, defaultColumns, type Encoding, fitEncoding } from "./encoding.ts";
export { iris } from "./iris.ts";
export { type Split, stratifiedSplit } from "./split.ts";
export { gradedTargets, oneOutputPerClass, type Targets } from "./targets.ts";
export { accuracy, differentialMeanSquaredError, type Examples, meanSquaredError, pairDifferences, type Task } from "./task.ts";
