/**
 * The deployments that runDeployment knows, each with the type of its parameters, such as `'flow/deployment': { limit?: number }`.
 * The generated files `ints/<name>/deployments.gen.ts` extend it; `npx nx sync` writes them.
 */
export interface Deployments {}

/**
 * The type of the result of each deployment whose flow declares it, such as `'flow/deployment': { rows: number }`. The generated files extend
 * it too.
 */
export interface DeploymentResults {}
