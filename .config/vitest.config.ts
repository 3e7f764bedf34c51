import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  // What counts for live types at run time: packages resolve to their sources, nothing is built.
  ssr: { resolve: { conditions: ["@ohmwork/source"] } },
  test: {
    root: `${import.meta.dirname}/..`,
    include: ["packages/*/src/**/*.test.ts", "hardware/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});

export default config;
