import { unfinishedStateTypes } from '@tributary/contract/nouns/state';

/** The types of states in which a run hasn't ended, as a list in SQL. */
export const unfinished = `(${unfinishedStateTypes.map((type) => `'${type}'`).join(', ')})`;
