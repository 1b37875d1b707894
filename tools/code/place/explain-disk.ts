import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';

/** Does work in the store, and says what a full or broken disk means. @throws `storage` if the operating system refused a call */
export async function explainingDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isTributaryError(error) || !(error instanceof Error) || !('syscall' in error)) throw error;
    const message = `The code store can't be written: ${messageOf(error)}. Free some space, or set TRIBUTARY_CODE_DIR.`;
    throw new TributaryError('storage', message, { cause: error });
  }
}
