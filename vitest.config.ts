import { defineConfig } from 'vitest/config';

/** What needs a real Prefect server: each file starts one, of 320 MB, so that one file runs at a time. */
const onPrefect = 'test/prefect/**/*.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    // Most tests wait for processes that they started: one more file than cores keeps both cores busy.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'workspace',
          include: ['tools/**/*.test.ts', 'ints/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '.tributary/**', 'tools/nx-plugin/generate/templates/**', onPrefect],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'prefect',
          include: [onPrefect],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 400_000,
        },
      },
    ],
  },
});
