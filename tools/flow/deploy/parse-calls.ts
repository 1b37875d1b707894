import { type Import, parse } from 'es-module-lexer';

import { lineCounter } from './line-counter.ts';

/** A call that names a deployment by a literal, such as `runDeployment('dbt/build')`. */
export interface ParsedCall {
  readonly name: string;
  readonly line: number;
}

/** The functions of `@tributary/flow` whose first argument is the name of a deployment. */
const callers = ['runDeployment', 'createFlowRun'];

/**
 * Lists the calls that name a deployment by a literal. A computed name isn't guessed.
 * @param imports the imports of the module
 */
export function parseCalls(text: string, path: string, imports: readonly Import[]): ParsedCall[] {
  if (!callers.some((caller) => text.includes(caller))) return [];
  const functions = imports.flatMap((found) =>
    found.type === 'static' && found.specifier === '@tributary/flow' ? localNames(text.slice(found.importStart, found.importEnd)) : [],
  );
  if (functions.length === 0) return [];
  const call = new RegExp(`(?<![\\w$.])(?:${functions.map((name) => RegExp.escape(name)).join('|')})(?=\\s*\\()`, 'g');
  // The parser tells code from comments, strings and regular expressions. It reads such a call if it looks like an import.
  const marked = text.replaceAll(call, 'import.source');
  if (marked === text) return [];
  const lineOf = lineCounter(marked);
  return parseMarked(marked, path).flatMap((found): ParsedCall[] =>
    found.type === 'dynamic' && found.phase === 'source' && !found.glob && found.specifier !== undefined
      ? [{ name: found.specifier, line: lineOf(found.importStart) }]
      : [],
  );
}

function parseMarked(text: string, path: string): readonly Import[] {
  try {
    return parse(text, path)[0];
  } catch {
    // A method may have the name of such a function.
    return [];
  }
}

/** The names that an import gives to the functions: `runDeployment`, `fire` for `runDeployment as fire`, `flow.runDeployment` for `* as flow`. */
function localNames(statement: string): string[] {
  const clause = statement.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '');
  const namespace = /\*\s*as\s+([\w$]+)/.exec(clause)?.[1];
  return callers.flatMap((caller) => {
    if (namespace !== undefined) return [`${namespace}.${caller}`];
    const [found, local = caller] = new RegExp(`\\b${caller}\\b(?:\\s+as\\s+([\\w$]+))?`).exec(clause) ?? [];
    return found === undefined ? [] : [local];
  });
}
