import { describe, expect, it } from 'vitest';

import { issuesOf } from './error.ts';
import { gitClone, placeholderFor } from './pull-step.ts';
import { secretName } from './secret-name.ts';

describe('the name of a secret', () => {
  it.each(['github-access-token', 'a', '7', 'deadbeef', '0'.repeat(31)])('may be %s, also in a pull step', (name) => {
    expect(secretName.parse(name)).toBe(name);
    expect(gitClone.parse({ repository: '', access_token: placeholderFor(name) }).access_token).toBe(name);
  });

  it.each(['', 'ghp_hunter2', 'GLPAT', 'a b', 'a.b', 'a'.repeat(40), '0123456789abcdef'.repeat(2)])(
    "isn't %j, which no message repeats",
    (text) => {
      const sentence = 'names a secret, never the token itself: lowercase letters, digits and dashes, such as github-access-token';
      const errors = [secretName.safeParse(text).error, gitClone.safeParse({ repository: '', access_token: placeholderFor(text) }).error];
      const messages = errors.map((error) => error && issuesOf(error)[0]?.message);
      expect(messages[0]).toBe(sentence);
      // A placeholder without a name, or with a space in it, isn't one.
      expect(messages[1]).toBe(
        text === '' || text === 'a b'
          ? 'must name a secret, as in "{{ prefect.blocks.secret.github-access-token }}"; other placeholders, and tokens themselves, are refused'
          : sentence,
      );
    },
  );
});
