export { deploymentsPattern, type Project, projectIn } from './load/project.ts';
