/** Nx imports `createNodes` from here. It makes each deployments.ts a project. */
export { createNodes } from './infer/create-nodes.ts';
