import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf, TributaryError } from '@tributary/contract';
import { homeFiles } from '@tributary/contract/server-file';

import { writePrivate } from '../database/write-private.ts';

/** Encrypts secrets for the database by AES-256-GCM, bound to the row that holds them. */
export interface Secrets {
  /** @param row the id of the row that will hold the secret */
  seal(row: string, text: string): Uint8Array<ArrayBuffer>;
  /** @throws storage if the key isn't the one that sealed the secret */
  open(row: string, sealed: Uint8Array): string;
}

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** The key is in `home/secret.key`, a file that only its owner can read. The file is created with the first secret. */
export function createSecrets(home: string): Secrets {
  const path = join(home, homeFiles.key);
  let key: Buffer | undefined;
  return {
    seal: (row, text) => {
      key ??= readKey(path) ?? makeKey(path);
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(row));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open: (row, sealed) => {
      key ??= readKey(path);
      if (!key)
        throw new TributaryError('storage', `The key file of the secrets, ${path}, is missing. Restore it, or set the secrets again.`);
      const bytes = Buffer.from(sealed);
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(row))
        .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        return decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        throw new TributaryError(
          'storage',
          `The key in ${path} isn't the one that encrypted this secret. Restore that key, or set the secret again.`,
        );
      }
    },
  };
}

function readKey(path: string): Buffer | undefined {
  let key: Buffer;
  try {
    key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new TributaryError(
      'storage',
      `The key file of the secrets, ${path}, can't be read: ${messageOf(cause)}. Make it readable for this user, or restore it.`,
      { cause },
    );
  }
  if (key.length !== keyBytes) {
    throw new TributaryError(
      'storage',
      `${path} doesn't hold a key of ${keyBytes} bytes in base64. Restore the right key, or move the file away and set the secrets again.`,
    );
  }
  chmodSync(path, 0o600);
  return key;
}

function makeKey(path: string): Buffer {
  const key = randomBytes(keyBytes);
  writePrivate(path, `${key.toString('base64')}\n`);
  return key;
}
