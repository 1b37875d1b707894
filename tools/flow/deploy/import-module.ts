import { pathToFileURL } from 'node:url';

/**
 * Imports a file of user code.
 * @returns its exports by name
 * @throws `invalid_entrypoint` with the file and line, or the framework's own error with the file and line added
 */
export async function importModule(file: string, root: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const exported: unknown = await import(pathToFileURL(file).href);
    return { ...(typeof exported === 'object' ? exported : {}) };
  } catch (error) {
    const { explainImport } = await import('./explain-import.ts');
    throw await explainImport(error, file, root);
  }
}
