export { isTemporary } from './fetch/explain-failure.ts';
export type { CopiedCode } from './copy/copy-code.ts';
export { openStore, type Store, type StoreOptions, type TakeOptions } from './store.ts';
export { type Code, checkCode } from './code.ts';
export { type Upkeep, upkeepOf } from './upkeep.ts';
export { type Clone, openClone } from './open-clone.ts';
export type { StoredLayer } from './list-stored.ts';
export type { Verified } from './verify-store.ts';
export type { HeldCode } from './tree/hold-code.ts';
