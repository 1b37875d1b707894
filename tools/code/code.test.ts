import { describe, expect, it } from 'vitest';

import { checkCode } from './code.ts';

const commit = 'a'.repeat(40);
const repository = 'https://github.com/acme/data.git';
const check = (other: object) => checkCode({ repository, commit, directories: ['ints/shop'], ...other });

describe('code', () => {
  it.each(['--upload-pack=touch /tmp/x', 'main', 'HEAD', 'abc1234', `${commit}\n`, `${commit}:x`, '../x', ''])(
    'at %j is refused, as only a whole commit is exact',
    (other) => {
      expect(() => check({ commit: other })).toThrow("isn't a whole commit. Name all 40 hexadecimal digits: git rev-parse HEAD");
    },
  );

  it.each([
    ['git@github.com:acme/data.git', 'Write https://github.com/acme/data.git instead'],
    ['ssh://git@github.com/acme/data.git', 'Write https://github.com/acme/data.git instead'],
    ['ssh://git@host:2222/acme/data.git', 'Write https://host/acme/data.git instead'],
    ['ssh://host/acme/data.git', 'Write https://host/acme/data.git instead'],
    ['--upload-pack=touch x', "This one isn't a URL"],
    ['ext::sh -c touch% x', 'This one begins with ext:'],
    ['file:///etc', 'This one begins with file:'],
    ['/srv/data.git', "This one isn't a URL"],
    ['https://me:hunter2@github.com/acme/data.git', 'The URL of github.com/acme/data.git has a user or a password'],
    ['https://github.com/acme/data.git?x=1', 'has a part after the path'],
  ])('from %j is refused with what to write instead', (other, message) => {
    const refused = (() => {
      try {
        return String(check({ repository: other }).repository);
      } catch (error) {
        return String(error);
      }
    })();
    expect(refused).toContain(message);
    expect(refused).not.toContain('hunter2');
  });

  it.each(['../x', '/etc', '.', '', 'ints/*', 'a\nb', '!ints', ':(glob)x', 'x ', 'a\\b'])('in the folder %j is refused', (directory) => {
    expect(() => check({ directories: [directory] })).toThrow('name a folder relative to the repository');
  });

  it('is the same however its folders and its URL are written', () => {
    const one = check({ repository: 'https://GitHub.com/acme/data.git/', directories: ['ints/b/', './ints/a', 'ints/x/../b'] });
    expect(one).toEqual({ repository, commit, directories: ['ints/a', 'ints/b'] });
  });
});
