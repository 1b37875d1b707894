import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tools/**/*.test.ts', 'ints/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '.tributary/**', 'tools/nx-plugin/generate/templates/**'],
    pool: 'forks',
    // Most tests wait for processes that they started: one more file than cores keeps both cores busy.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
