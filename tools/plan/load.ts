export { loadProjects } from './load/load-projects.ts';
export { blameStrays, collectStrays } from './load/stray-error.ts';
