import { z } from 'zod';

import type { Tree } from './tree.ts';

const manifest = z.object({ allowScripts: z.record(z.string(), z.unknown()).optional() });

/**
 * Reads which packages may run install scripts, by `allowScripts` in the workspace's package.json: a package is another one once it is built.
 * @returns a function that lists the rules for a package by its name; empty if there are none
 */
export function readAllowed(tree: Tree): (name: string) => string {
  const rules = Object.entries(readRules(tree));
  return (name) => {
    const own = rules.filter(([key]) => key === name || key.startsWith(`${name}@`));
    return own.length > 0 ? ` ${JSON.stringify(own)}` : '';
  };
}

function readRules(tree: Tree): Readonly<Record<string, unknown>> {
  const file = 'package.json';
  if (!tree.find(file)) return {};
  try {
    return manifest.parse(JSON.parse(tree.read(file))).allowScripts ?? {};
  } catch {
    // npm says what is wrong with it.
    return {};
  }
}
