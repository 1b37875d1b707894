export { isTemporary } from './fetch/explain-failure.ts';
export { type CopiedCode, type HeldCode, openStore, type Store, type StoreOptions, type TakeOptions } from './store.ts';
export type { Code } from './code.ts';
