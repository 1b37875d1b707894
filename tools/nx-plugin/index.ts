/** Nx imports `createNodes` from here, and the function makes the root and each deployments.ts a project. */
export { createNodes } from './infer/create-nodes.ts';
/** Nx calls this before it runs tasks. */
export { preTasksExecution } from './execute/nx-command.ts';
