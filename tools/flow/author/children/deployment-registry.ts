/**
 * The deployments that runDeployment knows, each with its parameters: `'flow/deployment': { limit?: number }`.
 * The generated files `ints/<name>/deployments.gen.ts` extend it; `npx nx sync` writes them.
 */
export interface Deployments {}
