// Who takes part in the durable benchmark, in the order of the report.
import type { DurablePeer } from './peer.ts';

/** Files of `durable/peers`. */
export const peerFiles = ['raw-lmdb', 'sqlite', 'bullmq', 'troupe'] as const;

/** The peers of one file. */
export async function loadPeers(file: string): Promise<readonly DurablePeer[]> {
  if (!peerFiles.some((known) => known === file)) throw new Error(`Unknown peer file ${JSON.stringify(file)}.`);
  const module = (await import(`./peers/${file}.js`)) as { readonly peers: readonly DurablePeer[] };
  return module.peers;
}
