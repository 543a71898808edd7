// What can still be known of a key whose record or tombstone can't be read, for whoever is about to write it. It is there,
// or has been: so its version is at least the least one possible, and never lower than anything that is left says. What
// fails its checksum may still say the truth: a version that is passed over is no harm, one that comes again is.

import { limits } from '../../base/limits.ts';
import type { Environment } from './environment.ts';
import { type Head, noHead } from './heads.ts';
import { salvage, type Salvaged } from './journal.ts';
import { claimedVersion, hasRing } from './record.ts';
import { buriedVersion } from './tombstone.ts';

/** A record has been written once at least; a tombstone follows a record. */
const leastThere = 1;
const leastBuried = 2;
/** A thousand writes a second for thirty years: what claims to be more is no version. */
const believable_count = 1e12;

/** The head of a key whose current record can't be read. */
export function salvagedHead(journal: Environment['journal'], key: string, record: Uint8Array): Head {
  const found = salvage(journal, key, limits.store.versionsMax_count);
  const known = knownVersion(found);
  // A record without history is not in the journal: what is there of its key is of an earlier time.
  const own = known === 0 || !hasRing(record) ? believed(claimedVersion(record), believable_count) : 0;
  const version = Math.max(known, own, leastThere);
  const ring: number[] = [];
  for (const { version: each, place } of found) if (each === version - ring.length) ring.push(place);
  return { ...noHead(), version, isThere: true, ring, landed: version };
}

/** The head of a deleted key whose tombstone can't be read. */
export function salvagedGrave(journal: Environment['journal'], key: string, tombstone: Uint8Array): Head {
  const known = knownVersion(salvage(journal, key, limits.store.versionsMax_count));
  const own = believed(buriedVersion(tombstone), believable_count);
  const version = Math.max(known === 0 ? 0 : known + 1, own, leastBuried);
  return { ...noHead(), version, landed: version };
}

/** The newest version that the journal knows of; 0 for none. */
function knownVersion(found: readonly Salvaged[]): number {
  const whole = found.find(({ entry }) => entry !== undefined)?.version;
  // A damaged entry that claims to be newer may be right; one that claims to be much newer is not.
  const most = whole === undefined ? believable_count : whole + limits.store.versionsMax_count;
  return found.reduce((newest, { version }) => Math.max(newest, believed(version, most)), whole ?? 0);
}

/** A version that something damaged claims; 0 when it can't be one. Bits that turn behind its point change nothing. */
function believed(version: number, most: number): number {
  const whole = Math.floor(version);
  return whole >= 1 && whole < most ? whole : 0;
}
