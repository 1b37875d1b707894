import { unfinishedStateTypes } from '@tributary/contract/nouns/state';

/** The types of states in which a run has not ended, as a list of SQL. */
export const unfinished = `(${unfinishedStateTypes.map((type) => `'${type}'`).join(', ')})`;
