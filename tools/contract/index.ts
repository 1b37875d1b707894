export * from './error.ts';
export * from './id.ts';
export * from './json.ts';
export * from './name.ts';
export * from './time.ts';
export * from './nouns/state.ts';
