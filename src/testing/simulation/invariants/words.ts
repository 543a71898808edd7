// The words in which invariants name what they speak of: a message by its number, its type and its sender, an actor by
// its address.

import type { Cell } from '../../../kernel/cell.ts';
import { typeOf } from '../../../kernel/door.ts';
import type { Envelope } from '../../../kernel/envelope.ts';

/** `message #12 (add) from 'main/x'`. */
export function named({ id, event, from }: Envelope): string {
  return `message #${id} (${typeOf(event)})${from === undefined ? '' : ` from '${from}'`}`;
}

/** `'main/x'`; the cells above everything have no address of their own. */
export function who({ address, parent }: Cell): string {
  if (parent !== undefined) return `'${address}'`;
  return address === '' ? 'the guardian' : `the ${address}`;
}
