// The process that measures one peer in one row: `child.js list <file>` or `child.js run <file> <peer> <row> <folder>
// <ms or count>`. Prints one line of JSON; exits 1 with the reason on stderr.
import { writeSync } from 'node:fs';
import type { DurablePeer } from './peer.ts';
import { loadPeers } from './roster.ts';

/** A peer as `run.ts` knows it, without its code. */
export interface ListedPeer {
  readonly name: string;
  readonly version: string;
  readonly unavailable: string | null;
  readonly rows: readonly string[];
}

type Measure = (folder: string, amount: number) => Promise<unknown>;

const [command = '', file = '', name = '', row = '', folder = '', amount = ''] = process.argv.slice(2);
const peers = await loadPeers(file);
if (command === 'list') {
  const listed = peers.map((peer): ListedPeer => ({
    name: peer.name,
    version: peer.version,
    unavailable: peer.unavailable,
    rows: Object.keys(peer.rows),
  }));
  writeSync(1, `${JSON.stringify(listed)}\n`);
} else {
  const peer = peers.find((candidate) => candidate.name === name);
  const measure = peer?.rows[row as keyof DurablePeer['rows']] as Measure | undefined;
  if (measure === undefined) throw new Error(`${name} in ${file} has no row ${JSON.stringify(row)}.`);
  writeSync(1, `${JSON.stringify(await measure(folder, Number(amount)))}\n`);
}
// some libraries keep timers or sockets open
process.exit(0);
