/**
 * The deployments that runDeployment knows, with the parameters each takes: `'flow/deployment': { limit?: number }`.
 * The files `ints/<name>/deployments.gen.ts` fill it in; `npx nx sync` writes them.
 */
export interface Deployments {}
