// What fails in a simulation, as it is typed on a command line and printed in the command that repeats a run: `all`,
// `none`, `crash,agent`, or `crash=50` for once in fifty chances.

import { InvalidOptionError } from '../../base/errors.ts';
import { defaultOdds, faultKinds, type FaultKind, type FaultOdds, type Faults, oddsOf } from './faults.ts';

/** What was typed. @throws INVALID_OPTION naming the kind or the odds. */
export function readFaults(text: string, field = 'faults'): Faults {
  if (text === 'all' || text === 'none') return text;
  const odds: Record<string, number> = {};
  for (const word of text.split(',')) {
    const [kind = '', given] = word.trim().split('=');
    if (given !== undefined && !/^\d+$/.test(given))
      throw new InvalidOptionError(field, word, "kinds with odds such as 'crash=50': once in fifty chances");
    odds[kind] = given === undefined ? (defaultOdds[kind as FaultKind] ?? 1) : Number(given);
  }
  return oddsOf(odds, field);
}

/** The shortest words for some odds. */
export function faultWords(odds: FaultOdds): string {
  if (faultKinds.every((kind) => odds[kind] === defaultOdds[kind])) return 'all';
  const kinds = faultKinds.filter((kind) => odds[kind] > 0);
  if (kinds.length === 0) return 'none';
  return kinds.map((kind) => (odds[kind] === defaultOdds[kind] ? kind : `${kind}=${odds[kind]}`)).join(',');
}
