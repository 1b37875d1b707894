/** Read by Nx: the projects that deployments.ts files make. */
export { createNodes } from './infer/create-nodes.ts';
