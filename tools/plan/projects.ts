export { checkReset } from './merge/reset.ts';
export type { Verb } from './print/engine-line.ts';
export { runProjects } from './run-projects.ts';
