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
