import { z } from 'zod';

/** A page of a list, counted from 1, with the number of pages. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ results: z.array(item), count: z.int(), limit: z.int(), pages: z.int(), page: z.int() });
}
