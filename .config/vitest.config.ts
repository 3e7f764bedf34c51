import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  // What counts for live types at run time: packages resolve to their sources, nothing is built.
  ssr: { resolve: { conditions: ["@ohmwork/source"] } },
  test: {
    root: `${import.meta.dirname}/..`,
    include: [
      "packages/*/src/**/*.test.ts",
      "hardware/*/src/**/*.test.ts",
      "firmware-bridge/src/**/*.test.ts",
      "apps/*/src/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    // Full counts take their time; a test that hangs must still end.
    testTimeout: process.env["OHMWORK_DEEP"] === "1" ? 3_600_000 : 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});

export default config;
