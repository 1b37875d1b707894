/** Nx reads this entry: it makes a project of each deployments.ts. */
export { createNodes } from './infer/create-nodes.ts';
