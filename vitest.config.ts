import { defineConfig } from 'vitest/config';

/** What needs a real Prefect server: each file starts one, of 320 MB. */
const onPrefect = 'test/prefect/**/*.test.ts';
/** Files that run alone: those that share the demo's folder, measure how fast a worker is, or keep both cores busy. */
const alone = ['main-job', 'ui', 'worker', 'faults', 'growing'].map((name) => `test/prefect/${name}.test.ts`);
const onPrefectLimits = { testTimeout: 240_000, hookTimeout: 400_000 };

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
        // These wait for the server most of the time.
        test: { name: 'prefect', include: [onPrefect], exclude: alone, maxWorkers: 2, sequence: { groupOrder: 1 }, ...onPrefectLimits },
      },
      { test: { name: 'prefect-alone', include: alone, fileParallelism: false, sequence: { groupOrder: 2 }, ...onPrefectLimits } },
    ],
  },
});
