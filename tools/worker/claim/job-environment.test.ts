import { baseJobTemplate } from '@tributary/contract/nouns/work-pool';
import { describe, expect, it } from 'vitest';

import { jobEnvironment } from './job-environment.ts';

describe('the environment of a job', () => {
  it('is empty by default', () => {
    expect(jobEnvironment(baseJobTemplate, null, undefined)).toEqual({});
    expect(jobEnvironment({}, {}, {})).toEqual({});
  });

  it('merges the values of the pool, the deployment and the run by name; later values override earlier ones', () => {
    const template = {
      ...baseJobTemplate,
      variables: { properties: { env: { type: 'object', default: { A: 'pool', B: 'pool', C: 'pool', D: 'pool' } } } },
    };
    expect(jobEnvironment(template, { env: { B: 'deployment', C: 'deployment' } }, { env: { C: 1, D: null } })).toEqual({
      A: 'pool',
      B: 'deployment',
      C: '1',
    });
  });

  it("fills the pool's template", () => {
    const template = {
      job_configuration: {
        env: { REGION: '{{ region }}', HOST: 'db.{{ region }}.example', RETRIES: '{{ retries }}', UNSET: '{{ unset }}' },
      },
      variables: { properties: { region: { default: 'eu' }, retries: { default: 3 }, unset: {} } },
    };
    expect(jobEnvironment(template, { region: 'us', env: { EXTRA: 'yes' } }, null)).toEqual({
      REGION: 'us',
      HOST: 'db.us.example',
      RETRIES: '3',
      EXTRA: 'yes',
    });
  });

  it('refuses a value that can not be text, without printing it', () => {
    expect(() => jobEnvironment(baseJobTemplate, { env: { A: { secret: 1 } } }, null)).toThrow(
      'variable "A" in the job variables isn\'t a text',
    );
    expect(() => jobEnvironment(baseJobTemplate, { env: 'A=1' }, null)).toThrow('"env" isn\'t an object');
  });
});
