/** Secret values read in this process, and how to keep them out of a text. */
export interface SecretMask {
  add(value: string): void;
  apply(text: string): string;
}
