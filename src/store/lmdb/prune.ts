// Forgets history: versions beyond a number or an age, never the current one. Each portion is a commit of its own, in
// line with all others; a key that has a commit in flight is looked at again when that has landed.

import { InvalidOptionError } from '../../base/errors.ts';
import type { PruneOrder } from '../admin.ts';
import type { Draft } from './draft.ts';
import type { Ground } from './ground.ts';
import { readHead, relayCurrent } from './record.ts';
import { type SliceClock, Slices } from './slices.ts';
import { readTombstone } from './tombstone.ts';

const keysAtOnce_count = 200;
const tries_count = 10;

/** What pruning needs of the store. */
export interface PruneGround {
  readonly ground: Ground;
  readonly clock: SliceClock;
  /** Calendar time. */
  wall(): number;
  draft(): Draft;
  /** Sends a portion on its way. */
  commit(draft: Draft): Promise<void>;
  /** Everything that is in flight has landed. */
  idle(): Promise<void>;
}

interface Bounds {
  readonly versions: number;
  /** What was written before this is too old. */
  readonly before: number;
}

/**
 * Refuses an order that asks for nothing or for too much.
 *
 * @throws INVALID_OPTION
 */
export function checkPrune({ versions, olderThanMs }: PruneOrder): void {
  if (versions === undefined && olderThanMs === undefined)
    throw new InvalidOptionError('prune', {}, 'versions, olderThanMs or both');
  if (versions !== undefined && (!Number.isInteger(versions) || versions < 1))
    throw new InvalidOptionError('prune.versions', versions, 'a whole number of 1 or more');
  if (olderThanMs !== undefined && !(olderThanMs >= 0))
    throw new InvalidOptionError('prune.olderThanMs', olderThanMs, 'a number of milliseconds, 0 or more');
}

/** Prunes a store; says at how many keys it has looked and how many versions went. */
export async function prune(on: PruneGround, order: PruneOrder): Promise<{ keys: number; versions: number }> {
  checkPrune(order);
  const { versions = Infinity, olderThanMs, prefix = '' } = order;
  const bounds: Bounds = { versions, before: olderThanMs === undefined ? -Infinity : on.wall() - olderThanMs };
  const slices = new Slices(on.clock);
  const done = { keys: 0, versions: 0 };
  let last: string | undefined;
  for (;;) {
    const keys = keysFrom(on.ground.environment.current, prefix, last);
    done.keys += keys.length;
    done.versions += await prunePortion(on, keys, bounds, slices);
    last = keys.at(-1);
    if (last === undefined) break;
  }
  if (olderThanMs !== undefined) await pruneTombstones(on, prefix, bounds.before, slices);
  return done;
}

function keysFrom(
  table: Ground['environment']['current'],
  prefix: string,
  last: string | undefined,
): readonly string[] {
  const from = last ?? (prefix === '' ? undefined : prefix);
  return table.keys(from, last !== undefined, keysAtOnce_count).filter((key) => key.startsWith(prefix));
}

async function prunePortion(on: PruneGround, keys: readonly string[], bounds: Bounds, slices: Slices): Promise<number> {
  let waiting = keys;
  let dropped = 0;
  for (let tries = 0; waiting.length > 0 && tries < tries_count;) {
    const draft = on.draft();
    const busy: string[] = [];
    let index = 0;
    while (index < waiting.length && !slices.isOver) {
      const key = waiting[index++] as string;
      const went = trimKey(on.ground, draft, key, bounds);
      if (went === undefined) busy.push(key);
      else dropped += went;
    }
    const rest = waiting.slice(index);
    await on.commit(draft);
    if (busy.length > 0) await on.idle();
    await slices.next();
    waiting = [...rest, ...busy];
    if (rest.length === 0) tries += 1;
  }
  return dropped;
}

/** Drops what is too much of a key; undefined when it has a commit in flight. */
function trimKey(ground: Ground, draft: Draft, key: string, bounds: Bounds): number | undefined {
  const known = ground.heads.get(key);
  if (known !== undefined && known.flying > 0) return undefined;
  const record = ground.environment.current.get(key);
  const head = record === undefined ? undefined : readHead(record, key);
  if (record === undefined || head === undefined || head.ring.length < 2) return 0;
  let kept = Math.min(bounds.versions, head.ring.length);
  while (kept > 1 && isTooOld(ground, key, head.version - kept + 1, head.ring[kept - 1] as number, bounds.before))
    kept -= 1;
  if (kept === head.ring.length) return 0;
  draft.trim(key, kept, (slab, ring) => {
    relayCurrent(slab, record, key, head, ring);
  });
  return head.ring.length - kept;
}

function isTooOld(ground: Ground, key: string, version: number, place: number, before: number): boolean {
  if (before === -Infinity) return false;
  const entry = ground.journalReader.find(place, key, version);
  return entry === undefined || entry.at < before; // a version that can't be read is of no use to anybody
}

async function pruneTombstones(on: PruneGround, prefix: string, before: number, slices: Slices): Promise<void> {
  let last: string | undefined;
  for (;;) {
    const { tombstones } = on.ground.environment;
    const keys = keysFrom(tombstones, prefix, last);
    const draft = on.draft();
    for (const key of keys) {
      const record = tombstones.get(key);
      const known = on.ground.heads.get(key);
      if (record === undefined || (known !== undefined && known.flying > 0)) continue;
      if ((readTombstone(record, key)?.at ?? 0) < before) draft.forget(key);
    }
    await on.commit(draft);
    last = keys.at(-1);
    if (last === undefined) return;
    await slices.next();
  }
}
