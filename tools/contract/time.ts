import { z } from 'zod';

import { readTimestamp, type Timestamp } from './moment.ts';

export * from './moment.ts';

/** A moment in a request or an answer; see {@link readTimestamp}. */
export const timestamp = z.string().transform((text, context): Timestamp => {
  const read = readTimestamp(text);
  if (read) return read;
  context.addIssue({ code: 'custom', message: `"${text}" isn't an ISO 8601 moment such as 2026-11-21T23:43:24Z` });
  return z.NEVER;
});
