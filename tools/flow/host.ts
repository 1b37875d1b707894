import { runHost } from './host/run-host.ts';

runHost();
