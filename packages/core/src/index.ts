export { addNormals } from "./add-normals.ts";
export { type Batch, batchOf, createBatch, rowOf, rowsOf, takeRows } from "./batch.ts";
export {
  AbortedError,
  BadInputError,
  DeadlineExceededError,
  type ErrorCode,
  errorCatalogue,
  exitCodeOf,
  OhmworkError,
  PortRangeError,
} from "./errors.ts";
export type { LearningRule } from "./learning-rule.ts";
export type {
  Call,
  LearnOptions,
  LearnProgress,
  Measured,
  PhysicalSystem,
  Port,
  Ports,
  Revision,
  SelfLearningSystem,
  Stage,
  Traits,
} from "./physical-system.ts";
export { didYouMean, nearestName } from "./nearest-name.ts";
export { checkInputs, checkLesson, checkParameters, widthOf } from "./ports.ts";
export { createRandom, type Random, type RandomState, restoreRandom } from "./random.ts";
export { type Clock, throwIfAborted, withDeadline } from "./time.ts";
export { Amperes, Farads, Ohms, type Quantity, Seconds, Siemens, Volts, Watts } from "./units.ts";
