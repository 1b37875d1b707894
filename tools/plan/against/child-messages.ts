import { z } from 'zod';

/** What a process is asked that loads integrations of a commit. */
export interface ChildTask {
  /** the checkout, an absolute path without symbolic links */
  readonly root: string;
  /** the integrations, such as `ints/dbt` */
  readonly folders: readonly string[];
}

/** What the process answers: what an integration declares, why it can't be loaded, or why the commit's framework can't load any. */
export const childReport = z.union([
  z.object({ folder: z.string(), deployments: z.array(z.unknown()) }),
  z.object({
    folder: z.string(),
    fault: z.object({ message: z.string(), file: z.string().nullish(), line: z.number().nullish() }),
  }),
  z.object({ unusable: z.string() }),
]);
export type ChildReport = z.input<typeof childReport>;
