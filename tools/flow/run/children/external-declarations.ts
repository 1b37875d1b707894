import { Origin } from '../origin.ts';

/** A deployment from outside of this repository that the author's code declares, and the place of the declaration. */
export interface ExternalDeclaration {
  /** `flow/deployment` */
  readonly name: string;
  /** an absolute path */
  readonly file: string;
  readonly line: number;
}

const byFile = new Map<string, ExternalDeclaration[]>();
let recent: { readonly name: string; readonly origin: Origin }[] | undefined;

/** Starts recording. Only a process that loads deployments records declarations, because a run could declare any number of them. */
export function recordExternals(): void {
  recent ??= [];
}

/** Records a declaration, which {@link externalsIn} then lists. @param maker the function that the author called */
export function declareExternal(name: string, maker: (...args: never) => unknown): void {
  recent?.push({ name, origin: new Origin(maker) });
}

/**
 * Lists the recorded declarations of these files, each once. A declaration belongs to the file that was being loaded, even if that file called a
 * function of another file to declare it.
 */
export function externalsIn(files: readonly string[]): ExternalDeclaration[] {
  for (const { name, origin } of recent?.splice(0) ?? []) {
    const place = origin.calls.at(-1);
    if (!place) continue;
    const declared = byFile.get(place.file) ?? [];
    byFile.set(place.file, declared);
    if (!declared.some((one) => one.name === name && one.line === place.line)) declared.push({ name, file: place.file, line: place.line });
  }
  return files.flatMap((file) => byFile.get(file) ?? []);
}
