import { createHash } from 'node:crypto';

import { type Issue, messageOf } from '@tributary/contract';
import { type JsonObject, jsonObject, withNumbers, writeJson } from '@tributary/contract/json';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** How many compiled schemas are kept. Each takes about 0.1 MB, compiling one takes about 2 ms. */
const maximumKept = 200;
const compiled = new Map<string, ValidateFunction>();
const ajv = new Ajv2020({ allErrors: true, strict: false, addUsedSchema: false, logger: false });
addFormats.default(ajv);

/**
 * Checks a run's merged parameters against its deployment's schema.
 * @returns what is wrong, with paths such as `models[0].name`; empty if the parameters are valid
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
  // Leaves out three keywords: two deployments may have the same $id, $schema changes nothing here, and $async would make `validate`
  // return a promise.
  const { $schema: _draft, $id: _name, $async: _async, ...own } = schema;
  // Bigints become the nearest numbers: a schema's bounds may be approximate.
  const validate = ajv.compile(jsonObject.parse(withNumbers(own)));
  const [oldest] = compiled;
  if (compiled.size >= maximumKept && oldest) {
    compiled.delete(oldest[0]);
    ajv.removeSchema(oldest[1].schema);
  }
  compiled.set(key, validate);
  return validate;
}

/** Keywords whose errors only say that a branch failed. Such errors are left out if the branch's own errors say what is wrong. */
const composite: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'if', 'not']);

function issuesOf(errors: readonly ErrorObject[]): Issue[] {
  const malformed = new Set(errors.filter(({ keyword }) => keyword === 'format').map(({ instancePath }) => instancePath));
  // zod writes a format and the pattern that stands for it. The pattern of a date has 200 characters.
  const isRepeated = ({ keyword, instancePath }: ErrorObject): boolean => keyword === 'pattern' && malformed.has(instancePath);
  const specific = errors.filter((error) => !composite.has(error.keyword) && !isRepeated(error));
  const issues = new Map<string, Issue>();
  for (const error of specific.length > 0 ? specific : errors) {
    const issue = issueOf(error);
    const key = error.keyword === 'type' ? `type of ${issue.path}` : `${issue.message} at ${issue.path}`;
    // Two branches that want different types become one issue: `must be string or null`.
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
      return { path: join(path, name), message: "isn't a parameter of this flow" };
    }
    case 'enum':
      return { path, message: `must be one of ${JSON.stringify(params['allowedValues'])}` };
    case 'const':
      return { path, message: `must be ${JSON.stringify(params['allowedValue'])}` };
    case 'type':
      return { path, message: `must be ${typesOf({ params })}` };
    default:
      return { path, message: message ?? "isn't valid" };
  }
}

function typesOf({ params }: Pick<ErrorObject, 'params'>): string {
  return [params['type']].flat().join(' or ').replaceAll(',', ' or ');
}

/** Turns a JSON pointer into a path as TypeScript writes it: `models[0].name`. */
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
