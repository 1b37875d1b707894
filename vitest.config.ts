import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tools/**/*.test.ts', 'ints/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '.tributary/**', 'tools/nx-plugin/generate/templates/**'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
