import { expect } from 'vitest';

import type { CallOptions } from './command.ts';
import type { Stage } from './stage.ts';

/** Runs commands on a stage and checks their exit code, for tests of the output. */
export interface Say {
  /** runs a command that must succeed. @returns what it prints */
  text(...args: string[]): Promise<string>;
  /** runs a command with --json that must succeed. @returns the JSON that it prints, parsed */
  json(...args: string[]): Promise<unknown>;
  /** runs a command that must fail with exit code 1 and print no result. @returns its message */
  refusal(...args: string[]): Promise<string>;
}

export function sayOn(stage: () => Stage, options: Partial<CallOptions> = {}): Say {
  const text = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await stage().command(args, options);
    expect([args, code, stderr]).toEqual([args, 0, '']);
    return stdout;
  };
  return {
    text,
    json: async (...args) => JSON.parse(await text(...args, '--json')),
    refusal: async (...args) => {
      const { code, stdout, stderr } = await stage().command(args, options);
      expect([args, code, stdout]).toEqual([args, 1, '']);
      expect(stderr).not.toMatch(/^\s+at |Unexpected error/m);
      return stderr;
    },
  };
}
