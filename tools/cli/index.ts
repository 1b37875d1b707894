export type { WatchEvent } from './watch/event.ts';
export { watchFlowRun, type WatchOptions } from './watch/watch-flow-run.ts';
