export { startWorker, type Worker } from './start.ts';
export type { WorkerOptions } from './settings.ts';
