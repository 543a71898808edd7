// Ids that sort by the time they were made: nine characters of calendar time, then a counter, then chance, all in
// base 32. Time and chance are injected, so a seeded run makes the same ids.

import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

/** Makes a new id with a prefix, such as `run-01k3v9x2m-00001-7fq2`. */
export type IdSource = (prefix: string) => string;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A source of ids that are unique within a process and, with chance, across processes. */
export function idSource(clock: Pick<Clock, 'wall'>, random: Random): IdSource {
  let count = 0;
  const salt = digits(Math.floor(random() * 32 ** 4), 4);
  return (prefix) => {
    count = (count + 1) % 32 ** 5;
    return `${prefix}-${digits(clock.wall(), 9)}-${digits(count, 5)}-${salt}`;
  };
}

function digits(value: number, length: number): string {
  let rest = Math.floor(value);
  let text = '';
  for (let place = 0; place < length; place++) {
    text = (alphabet[rest % 32] ?? '0') + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
