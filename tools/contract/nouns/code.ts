import { z } from 'zod';

/** The code that a run executes, if it was fetched from a Git repository. */
export const runCode = z.strictObject({
  /** the repository's URL, without a token */
  repository: z.string(),
  /** the whole commit */
  commit: z.string(),
  /** names the content of the fetched folders: runs of commits that differ elsewhere only have the same tree */
  tree: z.string(),
});
export type RunCode = z.output<typeof runCode>;

/** The names of the states of a run whose code isn't on its worker's machine yet. */
export const codeStates = {
  /** PENDING: the worker fetches the code, and installs its packages */
  fetching: 'Fetching code',
  /** SCHEDULED: the code could not be fetched, and a worker tries again at the scheduled time */
  awaiting: 'AwaitingCode',
} as const;

/** Said of a run whose worker died while it fetched the run's code. */
export const releasedWhileFetching = 'The run had not started, so another worker takes it.';
