// A percentage as it is typed on the command line. It stands alone so that reading the options of `troupe test` loads
// nothing of the tests themselves.

import { InvalidOptionError } from '../base/errors.ts';
import { wrongUsage } from './command-error.ts';

/** A number from 0 to 100. @throws CommandError (2) */
export function percentOf(text: string): number {
  const percent = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (percent >= 0 && percent <= 100) return percent;
  throw wrongUsage(new InvalidOptionError('--coverage', text, 'a percentage from 0 to 100').message);
}
