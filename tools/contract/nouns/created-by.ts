import { z } from 'zod';

/** What made or changed something: a schedule, say. */
export const createdBy = z.object({
  id: z.guid().nullish(),
  type: z.string().nullish(),
  display_value: z.string().nullish(),
});
