import { createHash } from 'node:crypto';

import { type Issue, messageOf } from '@tributary/contract';
import { type JsonObject, jsonObject, withNumbers, writeJson } from '@tributary/contract/json';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** Compiled schemas kept: each takes about 0.1 MB, and a compile about 2 ms. */
const maximumKept = 200;
const compiled = new Map<string, ValidateFunction>();
const ajv = new Ajv2020({ allErrors: true, strict: false, addUsedSchema: false, logger: false });
addFormats.default(ajv);

/**
 * Checks a run's merged parameters against its deployment's schema.
 * @returns what is wrong, with paths such as `models[0].name`; empty when all is well
 */
export function validateParameters(schema: JsonObject, parameters: JsonObject): Issue[] {
  let validate;
  try {
    validate = compile(schema);
  } catch (error) {
    return [{ path: '', message: `the schema can't be used: ${messageOf(error)}` }];
  }
  return validate(parameters) ? [] : issuesOf(validate.errors ?? []);
}

function compile(schema: JsonObject): ValidateFunction {
  const key = createHash('sha256').update(writeJson(schema)).digest('base64');
  const known = compiled.get(key);
  if (known) return known;
  // Deployments may share an $id, the draft makes no difference to what we compile, and $async would answer with a promise.
  const { $schema: _draft, $id: _name, $async: _async, ...own } = schema;
  // A bound may be any integer: of what is checked here, none is large.
  const validate = ajv.compile(jsonObject.parse(withNumbers(own)));
  const [oldest] = compiled;
  if (compiled.size >= maximumKept && oldest) {
    compiled.delete(oldest[0]);
    ajv.removeSchema(oldest[1].schema);
  }
  compiled.set(key, validate);
  return validate;
}

/** Composites only say that a branch failed: where a branch says what, its words are enough. */
const composite: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'if', 'not']);

function issuesOf(errors: readonly ErrorObject[]): Issue[] {
  const told = errors.filter((error) => !composite.has(error.keyword));
  const issues = new Map<string, Issue>();
  for (const error of told.length > 0 ? told : errors) {
    const issue = issueOf(error);
    const key = error.keyword === 'type' ? `type of ${issue.path}` : `${issue.message} at ${issue.path}`;
    // Branches that each want another type: `must be string or null`.
    const other = issues.get(key);
    const both = other && other.message !== issue.message;
    issues.set(key, both ? { ...issue, message: `${other.message} or ${typesOf(error)}` } : issue);
  }
  return [...issues.values()];
}

function issueOf({ instancePath, keyword, params, message }: ErrorObject): Issue {
  const path = pathOf(instancePath);
  switch (keyword) {
    case 'required':
      return { path: join(path, String(params['missingProperty'])), message: 'is missing' };
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
      return { path: join(path, name), message: 'is no parameter of this flow' };
    }
    case 'enum':
      return { path, message: `must be one of ${JSON.stringify(params['allowedValues'])}` };
    case 'const':
      return { path, message: `must be ${JSON.stringify(params['allowedValue'])}` };
    case 'type':
      return { path, message: `must be ${typesOf({ params })}` };
    default:
      return { path, message: message ?? 'is not valid' };
  }
}

function typesOf({ params }: Pick<ErrorObject, 'params'>): string {
  return [params['type']].flat().join(' or ').replaceAll(',', ' or ');
}

/** A JSON pointer as the path that a TypeScript author would write. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), '');
}

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}
