export { resolveQuickly } from './load/resolve-quickly.ts';
