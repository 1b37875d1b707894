import { invalid } from './invalid.ts';

/** The unit that a field of a cron counts, such as minutes. */
export interface CronUnit {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** names of the values from `least` on, in lower case */
  readonly names?: readonly string[];
  /** a second number for `least`: both 0 and 7 are Sunday */
  readonly alias?: number;
  /** the values in words, for messages: `0 to 59` */
  readonly values: string;
}

/**
 * Reads one item of a field: `*`, `5`, `mon-fri`, `22-2`, `10/5` or `1-31/2`.
 * @returns its values, in the order in which the item counts them
 * @throws `invalid_schedule` with the reason
 */
export function readCronItem(item: string, unit: CronUnit): number[] {
  const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item);
  if (!match) throw invalid(`"${item}" isn't a value, range or step of the ${unit.name} field.`);
  const [, lowText = String(unit.least), highText, stepText] = match;
  const low = numberOf(lowText, unit);
  const first = low === unit.alias ? unit.least : low;
  if (match[1] !== undefined && highText === undefined && stepText === undefined) return [first];
  const step = Number(stepText ?? 1);
  if (step === 0) throw invalid(`the step of "${item}" is 0. Use 1 or more.`);
  const last = highText === undefined ? unit.most : numberOf(highText, unit);
  if (low === last || first === last)
    throw invalid(
      `"${item}" begins and ends with the same value, and Prefect reads such a range as all values. Write "${lowText}" or "*${stepText ? `/${stepText}` : ''}".`,
    );
  return countInCircle(item, unit, { first, last, step });
}

/** Counts from one value to another. After the unit's last value, the count continues with the unit's first: `fri-mon`, `22-2`. */
function countInCircle(
  item: string,
  { least, most }: CronUnit,
  { first, last, step }: Record<'first' | 'last' | 'step', number>,
): number[] {
  const size = most - least + 1;
  const values: number[] = [];
  for (let value = first; value <= (first < last ? last : last + size); value += step) values.push(value);
  const past = values.find((value) => value > most);
  // If a step skips the unit's first value, Prefect 3.8.8 continues one value too late: it reads the hours 23-4/2 as 23, 2 and 4.
  if (past !== undefined && past !== most + 1) throw invalid(`Prefect miscounts the steps of "${item}". List its values instead.`);
  return values.map((value) => (value > most ? value - size : value));
}

function numberOf(text: string, { name, names, least, most, alias, values }: CronUnit): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  const number = /^\d+$/.test(text) ? Number(text) : index + least;
  if ((index < 0 && !/^\d+$/.test(text)) || number < least || number > Math.max(most, alias ?? most))
    throw invalid(`"${text}" isn't ${name === 'hour' ? 'an' : 'a'} ${name}. Use ${values}.`);
  return number;
}
