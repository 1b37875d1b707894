import { z } from 'zod';

/** A page of a list, counted from 1, and how many there are in all. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ results: z.array(item), count: z.int(), limit: z.int(), pages: z.int(), page: z.int() });
}
