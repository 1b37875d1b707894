import { fileURLToPath } from 'node:url';

/** One line of a stack trace. */
export interface Frame {
  /** an absolute path, or `node:internal/…` */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** where the code comes from; `installed` means below node_modules */
  readonly of: 'author' | 'framework' | 'installed' | 'node';
  /** whether the function had returned a promise to its caller and was waiting (`at async`) */
  readonly isAsync: boolean;
}

const framework = fileURLToPath(new URL('..', import.meta.url));

/** @returns the frames of a stack trace, the innermost first */
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
  // Tests of the framework define flows, so their code counts as an author's.
  if (file.startsWith(framework) && !file.endsWith('.test.ts')) return 'framework';
  return file.includes('/node_modules/') ? 'installed' : 'author';
}
