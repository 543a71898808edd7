// Keeps the journal small, a few records with each commit: those that nobody needs go, those that few need are written
// again with these alone. Decided on what has landed, between two transactions; what a commit in the same batch drops
// is seen to next time.

import { limits } from '../../base/limits.ts';
import type { Ground } from './ground.ts';
import { countIn, numberOf, withOnly } from './journal.ts';
import { readHead } from './record.ts';

/** One portion of upkeep. */
export interface Upkeep {
  /** Puts it into the batch. */
  put(): void;
  /** To be called when the batch has landed. */
  landed(): void;
}

const removedAtOnce_count = 64;

/** What is due now. */
export function upkeepOf(ground: Ground): Upkeep {
  const { counts, environment } = ground;
  const { journal } = environment;
  const removed = first(counts.dead, removedAtOnce_count);
  const rewritten = new Map<number, Uint8Array>();
  const looked = counts.ripe(limits.store.upkeep_count);
  for (const number of looked) {
    const smaller = smallerRecord(ground, number);
    if (smaller !== undefined) rewritten.set(number, smaller);
  }
  return {
    put: () => {
      for (const number of removed) journal.remove(number);
      for (const [number, record] of rewritten) journal.put(number, record);
    },
    landed: () => {
      for (const number of removed) counts.dead.delete(number);
      for (const number of looked) counts.looked(number);
      for (const [number, record] of rewritten) counts.setTotal(number, countIn(record));
      if (rewritten.size + removed.length > 0) ground.journalReader.forget();
    },
  };
}

/** A sparse record without its dead entries; undefined when it is not sparse, gone or damaged. */
function smallerRecord({ counts, environment }: Ground, number: number): Uint8Array | undefined {
  const record = environment.journal.get(number);
  if (record === undefined) return undefined;
  const total = countIn(record);
  counts.setTotal(number, total);
  if (!counts.isSparse(number, total)) return undefined;
  return withOnly(record, (key, version) => {
    const current = environment.current.get(key);
    if (current === undefined) return false;
    const head = readHead(current, key);
    if (head === undefined) return true; // whoever can't be asked keeps what is there
    const place = head.ring[head.version - version];
    return place !== undefined && numberOf(place) === number;
  });
}

function first<Item>(items: Iterable<Item>, most_count: number): readonly Item[] {
  const found: Item[] = [];
  for (const item of items) {
    if (found.length === most_count) break;
    found.push(item);
  }
  return found;
}
