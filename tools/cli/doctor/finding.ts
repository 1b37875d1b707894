/** The result of one check of this machine and workspace. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** what was found, or what is wrong */
  readonly detail: string;
  /** how to solve the problem, or a remark if `ok` is true */
  readonly advice?: string;
}

export function ok(name: string, detail: string, advice?: string): Finding {
  return { name, ok: true, detail, ...(advice === undefined ? {} : { advice }) };
}

/** @param advice absent if the detail says what to do */
export function problem(name: string, detail: string, advice?: string): Finding {
  return { name, ok: false, detail, ...(advice === undefined ? {} : { advice }) };
}
