import { type Import, init, parse } from 'es-module-lexer';

import { lineCounter } from './line-counter.ts';
import { parseCalls, type ParsedCall } from './parse-calls.ts';

/** What a module loads at run time. Imports of types only are left out, because Node removes them. */
export interface ParsedImport {
  /** as the file writes it; null for an `import()` whose argument is computed */
  readonly specifier: string | null;
  readonly line: number;
  /**
   * - `import`: an import of ES modules
   * - `require`: of CommonJS, which also finds files without their extension
   * - `url`: a file that `new URL('…', import.meta.url)` names, which need not exist
   */
  readonly kind: 'import' | 'require' | 'url';
}

const url = /\bnew URL\(\s*(['"`])(\.\.?\/[^'"`$]+)\1\s*,\s*import\.meta\.url\s*\)/g;
const requirement = /\brequire\(\s*(['"`])([^'"`$]+)\1\s*\)/g;

/** What a module loads, and which deployments it calls. */
export interface ParsedModule {
  readonly imports: readonly ParsedImport[];
  readonly calls: readonly ParsedCall[];
}

/** Loads the parser. Await this before the first call of {@link parseModule}. */
export async function loadParser(): Promise<void> {
  await init();
}

/**
 * Lists what a module loads, and the calls that name a deployment, in the order of the text.
 * @param path the file's path, whose extension says whether it is CommonJS
 * @throws a SyntaxError
 */
export function parseModule(text: string, path: string): ParsedModule {
  const [imports] = parse(text, path);
  return { imports: loadedBy(text, path, imports), calls: parseCalls(text, path, imports) };
}

function loadedBy(text: string, path: string, imports: readonly Import[]): ParsedImport[] {
  const lineOf = lineCounter(text);
  const found = imports.flatMap((one): ParsedImport[] =>
    isLoaded(one) ? [{ specifier: specifierOf(one), line: lineOf(one.importStart), kind: 'import' }] : [],
  );
  if (imports.some(({ type }) => type === 'import-meta')) found.push(...matches(text, url, 'url'));
  if (/\.c[jt]s$/.test(path) || text.includes('createRequire(')) found.push(...matches(text, requirement, 'require'));
  return found;
}

function isLoaded(found: Import): boolean {
  if (found.type === 'import-meta') return false;
  return found.type === 'dynamic' ? !found.probablyTypeOnly : !found.typeOnly;
}

/** The specifier of an import, or null if it is computed. */
function specifierOf(found: Import): string | null {
  return found.type === 'dynamic' && found.glob ? null : (found.specifier ?? null);
}

function matches(text: string, pattern: RegExp, kind: ParsedImport['kind']): ParsedImport[] {
  const lineOf = lineCounter(text);
  return [...text.matchAll(pattern)].map(({ index, 2: specifier = '' }) => ({ specifier, line: lineOf(index), kind }));
}
