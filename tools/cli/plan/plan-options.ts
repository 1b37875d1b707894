import type { PolicyOptions } from './read-policy.ts';

/** The options of `plan` and `deploy`. */
export interface PlanOptions extends PolicyOptions {
  readonly markdown?: boolean;
  readonly out?: string;
  readonly why?: boolean;
  readonly detailedExitcode?: boolean;
  /** only of `deploy` */
  readonly plan?: string;
  /** only of `plan` */
  readonly against?: string;
  /** a commit that is planned or deployed instead of the work tree */
  readonly commit?: string;
}
