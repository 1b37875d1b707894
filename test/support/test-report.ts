import { z } from 'zod';

const test = z.object({
  fullName: z.string(),
  status: z.string(),
  /** in milliseconds; absent for a skipped test */
  duration: z.number().nullish(),
  /** each error with its stack */
  failureMessages: z.array(z.string()),
});

const file = z.object({
  /** the file's absolute path */
  name: z.string(),
  status: z.string(),
  /** the file's own error: it could not be loaded, or a hook failed; empty if it had none */
  message: z.string(),
  assertionResults: z.array(test),
});
export type TestFile = z.output<typeof file>;

/** The part of vitest's JSON report that is counted and shown. */
export const testReport = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numFailedTestSuites: z.int(),
  testResults: z.array(file),
});
