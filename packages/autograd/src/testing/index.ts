export { testRuntime } from "./test-runtime.ts";
