import { z } from 'zod';

/** What an engine takes as the name of a secret. */
export const secretNamePattern = /^[a-z\d-]+$/;

/** Some Git servers give out tokens whose characters are those of names. Such a token has a long row of letters and digits. */
const token = /[a-z\d]{32}/;

/**
 * The name of the secret that holds an access token, where code names it: in nx.json, in a pull step, in `checkout()`. Somebody may write the
 * token itself there, so it is recognized, and no message may repeat the value. The sentence continues one that begins with the place.
 */
export const secretName = z
  .string()
  .refine(
    (name) => secretNamePattern.test(name) && !token.test(name),
    'names a secret, never the token itself: lowercase letters, digits and dashes, such as github-access-token',
  );
