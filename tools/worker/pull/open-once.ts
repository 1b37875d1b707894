/** @returns a function that opens something at its first call. If that fails, the next call tries again. */
export function openOnce<Opened>(open: () => Opened | Promise<Opened>): () => Promise<Opened> {
  let opened: Promise<Opened> | undefined;
  return async () => {
    try {
      return await (opened ??= Promise.resolve(open()));
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
}
