import { join, relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Without a shared compile cache, each process that a test starts would strip types and compile the framework again.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '.tributary', 'compile-cache');

/** What needs a real Prefect server: each file starts one, of 320 MB. */
const onPrefect = 'test/prefect/**/*.test.ts';
/** Files that run alone: those that share the demo's folder, measure how fast a worker is, or keep both cores busy. */
const alone = ['main-job', 'ui', 'worker', 'growing'].map((name) => `test/prefect/${name}.test.ts`);
const onPrefectLimits = { testTimeout: 240_000, hookTimeout: 400_000 };

/** Whole journeys through several packages: with processes that are killed, with dbt, Postgres and Git. */
const wholeJourneys = ['test/journeys/**/*.test.ts', 'test/chaos/**/*.test.ts', 'ints/{dbt,jaffle_shop}/**/*.test.ts'];
/** Tests of one package with a real dbt, Postgres or Nx, which takes most of their time. */
const realParts = [
  'tools/dbt/command.test.ts',
  'tools/{postgres,cli/postgres}/**/*.test.ts',
  'tools/nx-plugin/{execute/deploy,generate/integration,sync/registry}.test.ts',
];
const journeys = [...wholeJourneys, ...realParts];
/** Files that need a process of their own: they replace a module, or they count all timers of their process. */
const isolated = ['tools/server/services/**/*.test.ts'];
const isolatedJourneys = ['test/journeys/storm.test.ts'];
const notOurs = ['**/node_modules/**', '.tributary/**', 'tools/nx-plugin/generate/templates/**', onPrefect];
/**
 * Only a test that hangs takes so long: on a busy machine, one that starts several processes may take minutes. By default, `expect.poll` gives
 * up after a second, which a process that starts there takes.
 */
const limits = { testTimeout: 180_000, hookTimeout: 180_000, expect: { poll: { timeout: 30_000 } } };

/** The files that take longest, so that none of them begins when the others have ended. */
const slow = [
  'test/chaos',
  'test/journeys/(jaffle-shop|storm|rollback|dbt)',
  'ints/jaffle_shop',
  'tools/dbt/command',
  'ints/dbt',
  'tools/plan/(against|own)',
  'tools/code/(packages|crowd)',
  'tools/nx-plugin/(execute|generate|sync)',
  'tools/server/api/(hostile|deployments)',
  'tools/flow/host',
  'tools/cli/server',
].map((path) => new RegExp(`^${path}`));

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- this isn't a method of an array
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = slow.findIndex((path) => path.test(relative(import.meta.dirname, moduleId)));
      return found === -1 ? slow.length : found;
    };
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    // Most tests wait for processes that they started: four files at once keep two cores busy.
    maxWorkers: 4,
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        test: {
          name: 'workspace',
          include: ['tools/**/*.test.ts', 'ints/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...notOurs, ...isolated, ...journeys],
          // A process of its own for each file would take as long as most of the tests.
          isolate: false,
          ...limits,
        },
      },
      { test: { name: 'workspace-isolated', include: isolated, ...limits } },
      { test: { name: 'journeys', include: journeys, exclude: isolatedJourneys, isolate: false, ...limits } },
      { test: { name: 'journeys-isolated', include: isolatedJourneys, ...limits } },
      {
        // These wait for the server most of the time.
        test: { name: 'prefect', include: [onPrefect], exclude: alone, maxWorkers: 3, sequence: { groupOrder: 1 }, ...onPrefectLimits },
      },
      { test: { name: 'prefect-alone', include: alone, fileParallelism: false, sequence: { groupOrder: 2 }, ...onPrefectLimits } },
    ],
  },
});
