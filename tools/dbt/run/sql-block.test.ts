import { expect, it } from 'vitest';

import { sqlBlock } from './sql-block.ts';

it('encloses SQL in a fence that is longer than any run of backticks in it', () => {
  expect(sqlBlock('\n\nselect 1\n')).toBe('```sql\nselect 1\n```\n');
  expect(sqlBlock('select `a` from ```b````')).toBe('`````sql\nselect `a` from ```b````\n`````\n');
});

it('cuts SQL after 64 kB without splitting a character, and says so', () => {
  const most = 64 * 1024;
  expect(sqlBlock('x'.repeat(most))).toBe(`\`\`\`sql\n${'x'.repeat(most)}\n\`\`\`\n`);
  expect(sqlBlock('x'.repeat(most + 1))).toBe(`\`\`\`sql\n${'x'.repeat(most)}\n-- cut: 64 kB of 65 kB are shown\n\`\`\`\n`);
  expect(sqlBlock(`x${'é'.repeat(most)}`)).toBe(`\`\`\`sql\nx${'é'.repeat(most / 2 - 1)}\n-- cut: 64 kB of 129 kB are shown\n\`\`\`\n`);
});
