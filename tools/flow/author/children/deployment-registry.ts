/**
 * The deployments that runDeployment knows, each with the type of its parameters, such as `'flow/deployment': { limit?: number }`.
 * The generated files `ints/<name>/deployments.gen.ts` extend it; `npx nx sync` writes them.
 */
export interface Deployments {}
