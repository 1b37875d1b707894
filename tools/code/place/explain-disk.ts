import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';

/** Does work in the store, and says what a full or broken disk means. @throws `storage` if the operating system refused a call */
export async function explainingDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw explainDisk(error);
  }
}

/** @returns a `storage` error if the operating system refused a call, otherwise the same error */
export function explainDisk(error: unknown): unknown {
  if (isTributaryError(error) || !(error instanceof Error) || !('syscall' in error)) return error;
  const message = `The code store can't be read or written: ${messageOf(error)}. Check its disk, free some space, or set TRIBUTARY_CODE_DIR.`;
  return new TributaryError('storage', message, { cause: error });
}
