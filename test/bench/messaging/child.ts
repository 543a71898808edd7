// The process that measures one peer in one scenario: `child.js list <file>` or `child.js run <file> <peer> <scenario>
// <target ms> <passes>`. Prints one line of JSON; exits 1 with the reason on stderr when the evidence does not add up.
import { writeSync } from 'node:fs';
import { measureFairness, measureFlat, measureHeap, measureTime, type Measured } from './measure.ts';
import { fairnessProbe, flatProbes, heapProbe } from './probes.ts';
import type { Peer, Workloads } from './peer.ts';
import { loadPeers } from './roster.ts';
import { scenarios } from './scenarios.ts';

/** A peer as `run.ts` knows it, without its code. */
export interface ListedPeer {
  readonly name: string;
  readonly kind: Peer['kind'];
  readonly version: string;
  readonly unavailable: string | null;
  /** Ids of the scenarios and probes that it takes part in. */
  readonly takesPart: readonly string[];
}

const workloadOf: Readonly<Record<string, keyof Workloads>> = {
  'ping-pong': 'pingPong',
  counting: 'counting',
  ring: 'ring',
  'fork-join': 'forkJoin',
  create: 'create',
  big: 'big',
  ask: 'ask',
  machine: 'machineEvents',
  heap: 'idle',
  'flat-actors': 'pingPongAmong',
  'flat-timers': 'stopAmong',
  'flat-children': 'spawnAmong',
  fairness: 'restless',
};

function listed(peer: Peer): ListedPeer {
  const takesPart = Object.entries(workloadOf)
    .filter(([, workload]) => peer.workloads[workload] !== undefined)
    .map(([id]) => id);
  return { name: peer.name, kind: peer.kind, version: peer.version, unavailable: peer.unavailable ?? null, takesPart };
}

function measure(peer: Peer, id: string, target_ms: number, passes: number): Promise<Measured> {
  if (id === heapProbe.id) return measureHeap(peer);
  if (id === fairnessProbe.id) return measureFairness(peer);
  const flat = flatProbes.find((probe) => probe.id === id);
  if (flat !== undefined) return measureFlat(peer, flat, passes);
  const scenario = scenarios.find((candidate) => candidate.id === id);
  if (scenario === undefined) throw new Error(`Unknown scenario ${JSON.stringify(id)}.`);
  return measureTime(peer, scenario, target_ms, passes);
}

const [command = '', file = '', name = '', id = '', target_ms = '', passes = ''] = process.argv.slice(2);
const peers = await loadPeers(file);
if (command === 'list') {
  writeSync(1, `${JSON.stringify(peers.map(listed))}\n`);
} else {
  const peer = peers.find((candidate) => candidate.name === name);
  if (peer === undefined) throw new Error(`Unknown peer ${JSON.stringify(name)} in ${file}.`);
  writeSync(1, `${JSON.stringify(await measure(peer, id, Number(target_ms), Number(passes)))}\n`);
}
// some libraries keep timers or sockets open
process.exit(0);
