export { createExamples, type Examples } from "./examples.ts";
export { mutate } from "./mutate.ts";
