// Which peers there are and in which file each lives. The modules are loaded on demand: a child process must not carry
// the libraries of the others.
import type { Peer, PeerModule } from './peer.ts';

const files: Readonly<Record<string, () => Promise<PeerModule>>> = {
  limit: () => import('./peers/limit.ts'),
  xstate: () => import('./peers/xstate.ts'),
  nact: () => import('./peers/nact.ts'),
  comedy: () => import('./peers/comedy.ts'),
  effect: () => import('./peers/effect.ts'),
  troupe: () => import('./peers/troupe.ts'),
};

/** The names of the peer files. */
export const peerFiles: readonly string[] = Object.keys(files);

/** Loads the peers of one file. */
export async function loadPeers(file: string): Promise<readonly Peer[]> {
  const load = files[file];
  if (load === undefined) throw new Error(`Unknown peer file ${JSON.stringify(file)}; known: ${peerFiles.join(', ')}.`);
  return (await load()).peers;
}
