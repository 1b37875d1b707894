import { z } from 'zod';

/** The origin of a run or a change, such as a schedule. */
export const createdBy = z.object({
  id: z.guid().nullish(),
  type: z.string().nullish(),
  display_value: z.string().nullish(),
});
