import { createGate, through } from '@tributary/contract/gate';

/** How many requests or programs a plan waits for at once. */
const width = 4;

/** Does the work for each item of a list, a few at once. @returns the results in the order of the list */
export async function fewAtOnce<Item, Result>(list: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const gate = createGate(width);
  return Promise.all(list.map((item) => through(gate, () => work(item))));
}
