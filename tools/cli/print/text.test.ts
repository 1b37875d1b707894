import { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { createOut } from './out.ts';
import { lasting } from './moment.ts';
import { facts, printable, table } from './text.ts';

const stream = (isTTY = false) => {
  const written: string[] = [];
  const write = (text: unknown, _encoding: unknown, done: () => void): void => {
    written.push(String(text));
    done();
  };
  const { getColorDepth } = WriteStream.prototype;
  return Object.assign(new Writable({ write }), { isTTY, text: () => written.join('') }, isTTY ? { getColorDepth } : {});
};

const red = '\u001B[31mx\u001B[39m';

afterEach(() => void vi.unstubAllEnvs());

describe('what is printed', () => {
  it("can't repaint the terminal, whatever a log says", () => {
    expect(printable('\u001B[2J\u001B]0;title\u0007red\u001B[31m text\r\nnext\tcolumn\u0000\u202E\u2066')).toBe('red text\nnext\tcolumn');
  });

  it('aligns the columns of a table', () => {
    expect(
      table(
        ['NAME', 'STATE'],
        [
          ['a', 'Running'],
          ['longer', 'x'],
        ],
        'none',
      ),
    ).toBe('NAME    STATE\na       Running\nlonger  x');
    expect(table(['NAME'], [], 'There are none.')).toBe('There are none.');
  });

  it('leaves out facts without a value', () => {
    expect(
      facts([
        ['Id', '1'],
        ['Message', null],
        ['Two', 'a\nb'],
      ]),
    ).toBe('Id   1\nTwo  a\n     b');
  });

  it('has lengths of time at a useful precision', () => {
    expect([0, 0.236, 9.999, 12.34, 99.96, 125, 3600, 7385].map(lasting)).toEqual([
      '0.00 s',
      '0.24 s',
      '10.0 s',
      '12.3 s',
      '1 m 40 s',
      '2 m 05 s',
      '1 h 00 m',
      '2 h 03 m',
    ]);
  });

  it.each([
    ['a terminal', true, {}, red],
    ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, 'x'],
    ['a dumb terminal', true, { TERM: 'dumb' }, 'x'],
    ['a terminal with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, 'x'],
    ['a pipe', false, {}, 'x'],
    ['a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, red],
  ])('has its colours on %s', (_, isTTY, given, expected) => {
    // Node reads these variables, and CI sets some of them.
    const unset = {
      NO_COLOR: undefined,
      FORCE_COLOR: undefined,
      NODE_DISABLE_COLORS: undefined,
      CI: undefined,
      TEAMCITY_VERSION: undefined,
    };
    const env: Readonly<Record<string, string | undefined>> = { TERM: 'xterm', ...unset, ...given };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(createOut({ json: false, stdout: stream(isTTY), stderr: stream() }).paint('red', 'x')).toBe(expected);
  });

  it('is only JSON on standard output with --json', () => {
    const [stdout, stderr] = [stream(), stream()];
    const out = createOut({ json: true, stdout, stderr });
    out.line('progress');
    out.note('a note');
    out.result({ name: 'a' }, () => 'for people');
    expect(JSON.parse(stdout.text())).toEqual({ name: 'a' });
    expect(stderr.text()).toBe('progress\na note\n');
  });
});
