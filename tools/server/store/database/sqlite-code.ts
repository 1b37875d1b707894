/** The SQLite result codes that the server tells apart. */
export const sqlite = { busy: 5, readOnly: 8, ioError: 10, full: 13, constraint: 19 } as const;

/** @returns SQLite's primary result code; undefined if the error isn't SQLite's */
export function sqliteCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return undefined;
  return thrown.errcode & 0xff;
}
