/** Nx imports `createNodes` from here, and the function makes each deployments.ts a project. */
export { createNodes } from './infer/create-nodes.ts';
