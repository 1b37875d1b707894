import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { token } from './stage.ts';

/** The token as it is written, and as it is sent. */
export const forms = [token, Buffer.from(`x-access-token:${token}`).toString('base64')];

/** @returns the forms of the token that a text has */
export function findIn(text: string): string[] {
  return forms.filter((form) => text.includes(form));
}

/** Finds the files below a folder that have the token in them, or in their names. */
export function filesWithToken(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => findIn(path).length > 0 || findIn(readFileSync(path, 'latin1')).length > 0);
}
