import { loadQuickly } from './host/load-quickly.ts';

const stop = loadQuickly();
const { runHost } = await import('./host/run-host.ts');
stop();
runHost();
