/** What a check of this machine and workspace found. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** what is there, or what is wrong */
  readonly detail: string;
  /** what to do about a problem; of what is well enough, what to know about it */
  readonly advice?: string;
}

export function ok(name: string, detail: string, advice?: string): Finding {
  return { name, ok: true, detail, ...(advice === undefined ? {} : { advice }) };
}

/** @param advice left out where the detail says what to do */
export function problem(name: string, detail: string, advice?: string): Finding {
  return { name, ok: false, detail, ...(advice === undefined ? {} : { advice }) };
}
