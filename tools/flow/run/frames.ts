import { fileURLToPath } from 'node:url';

/** A call that a stack shows. */
export interface Frame {
  /** absolute path, or `node:internal/…` */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** whose code: `installed` is below node_modules */
  readonly of: 'author' | 'framework' | 'installed' | 'node';
  /** whether it had returned to its caller, and waits */
  readonly isAsync: boolean;
}

const framework = fileURLToPath(new URL('..', import.meta.url));

/** The calls of a stack, innermost first. */
export function framesOf(stack: string): Frame[] {
  return stack.split('\n').flatMap((line): Frame[] => {
    const match = /(?:^at |^at async |\()((?:file:\/\/)?\/[^()]+|node:[^()]+):(\d+):(\d+)\)?$/.exec(line.trim());
    const place = match?.[1];
    if (!place) return [];
    const file = place.startsWith('file:') ? fileURLToPath(place) : place;
    return [{ file, line: Number(match[2]), column: Number(match[3]), of: ownerOf(file), isAsync: /^\s*at async /.test(line) }];
  });
}

function ownerOf(file: string): Frame['of'] {
  if (file.startsWith('node:')) return 'node';
  // Its tests write flows as authors do.
  if (file.startsWith(framework) && !file.endsWith('.test.ts')) return 'framework';
  return file.includes('/node_modules/') ? 'installed' : 'author';
}
