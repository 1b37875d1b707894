import { describe, expect, it } from 'vitest';

import { createOut } from './out.ts';
import { lasting } from './moment.ts';
import { facts, printable, table } from './text.ts';

const stream = (isTTY = false) => {
  const written: string[] = [];
  return { isTTY, write: (text: string) => written.push(text), text: () => written.join('') };
};

describe('what is printed', () => {
  it("can't repaint the terminal, whatever a log says", () => {
    expect(printable('\u001B[2J\u001B]0;title\u0007red\u001B[31m text\r\nnext\tcolumn\u0000')).toBe('red text\nnext\tcolumn');
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

  it('has colours only on a terminal, and not with NO_COLOR', () => {
    const painted = (isTTY: boolean, env: NodeJS.ProcessEnv) =>
      createOut({ json: false, env, stdout: stream(isTTY), stderr: stream() }).paint('red', 'x');
    expect(painted(true, {})).toBe('\u001B[31mx\u001B[39m');
    expect(painted(true, { NO_COLOR: '1' })).toBe('x');
    expect(painted(true, { TERM: 'dumb' })).toBe('x');
    expect(painted(false, {})).toBe('x');
  });

  it('is only JSON on standard output with --json', () => {
    const [stdout, stderr] = [stream(), stream()];
    const out = createOut({ json: true, env: {}, stdout, stderr });
    out.line('progress');
    out.note('a note');
    out.result({ name: 'a' }, () => 'for people');
    expect(JSON.parse(stdout.text())).toEqual({ name: 'a' });
    expect(stderr.text()).toBe('progress\na note\n');
  });
});
