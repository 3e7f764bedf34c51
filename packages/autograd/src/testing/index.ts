export { backendTests, type BackendTest } from "./backend-tests.ts";
export { testRuntime } from "./test-runtime.ts";
