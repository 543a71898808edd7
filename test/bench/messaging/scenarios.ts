// The timed scenarios: what is run, how large, and the evidence that proves that every message was handled.
// Sizes are calibrated in the child process (a slow peer gets fewer messages), so each expectation is a formula of `n`.
import { bigSum } from './big-targets.ts';
import type { Evidence, Stopwatch, Workloads } from './peer.ts';

/** One line of the message table. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** What one unit of the reported nanoseconds is. */
  readonly unit: string;
  /** The size of the first calibration pass, and the largest that is ever run. */
  readonly first: number;
  readonly most: number;
  /** Units handled in a run of size n. */
  readonly units: (n: number) => number;
  readonly expected: (n: number) => Evidence;
  /** Undefined where the peer lacks the workload. */
  readonly run: (workloads: Partial<Workloads>, n: number, watch: Stopwatch) => Promise<Evidence> | undefined;
}

/** Below the default mailbox capacity of 1,000. */
const burst = 500;
const ringActors = 100;
const forkJoin = { actors: 60, wave: 200 } as const;
const createWave = 100;
const big = { actors: 120, seed: 20_251_120 } as const;

const sumTo = (n: number): number => (n * (n + 1)) / 2;

/** All timed scenarios, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  {
    id: 'ping-pong',
    title: 'Ping-pong, 2 actors',
    unit: 'message',
    first: 500,
    most: 5_000_000,
    units: (n) => 2 * n,
    expected: (n) => ({ handled: 2 * n, sum: 2 * sumTo(n) }),
    run: (peer, n, watch) => peer.pingPong?.({ rounds: n }, watch),
  },
  {
    id: 'counting',
    title: `Counting, 1 producer, bursts of ${burst}`,
    unit: 'message',
    first: 1_000,
    most: 10_000_000,
    units: (n) => n,
    expected: (n) => ({ handled: n, sum: sumTo(n) }),
    run: (peer, n, watch) => peer.counting?.({ messages: n, burst }, watch),
  },
  {
    id: 'ring',
    title: `Ring of ${ringActors}, 1 token`,
    unit: 'hop',
    first: 1_000,
    most: 10_000_000,
    units: (n) => n,
    expected: (n) => ({ handled: n, sum: sumTo(n) }),
    run: (peer, n, watch) => peer.ring?.({ actors: ringActors, hops: n }, watch),
  },
  {
    id: 'fork-join',
    title: `Fork-join throughput, ${forkJoin.actors} actors`,
    unit: 'message',
    first: 20,
    most: 200_000,
    units: (n) => n * forkJoin.actors,
    expected: (n) => ({ handled: n * forkJoin.actors, sum: sumTo(n) * forkJoin.actors }),
    run: (peer, n, watch) => peer.forkJoin?.({ ...forkJoin, messages: n }, watch),
  },
  {
    id: 'create',
    title: 'Create, one message, stop',
    unit: 'actor',
    first: 100,
    most: 500_000,
    units: (n) => n,
    expected: (n) => ({ handled: n, sum: sumTo(n), stopped: n }),
    run: (peer, n, watch) => peer.create?.({ actors: n, wave: createWave }, watch),
  },
  {
    id: 'big',
    title: `Big, ${big.actors} actors, random peers`,
    unit: 'message',
    first: 10,
    most: 50_000,
    units: (n) => 2 * n * big.actors,
    expected: (n) => ({ handled: 2 * n * big.actors, sum: bigSum(big.seed, big.actors, n) }),
    run: (peer, n, watch) => peer.big?.({ ...big, pings: n }, watch),
  },
  {
    id: 'ask',
    title: 'Ask, one at a time',
    unit: 'round trip',
    first: 500,
    most: 2_000_000,
    units: (n) => n,
    expected: (n) => ({ handled: n, sum: sumTo(n) + n }),
    run: (peer, n, watch) => peer.ask?.({ asks: n }, watch),
  },
  {
    id: 'machine',
    title: 'Machine: state change and assign',
    unit: 'event',
    first: 500,
    most: 1_000_000,
    units: (n) => n,
    expected: (n) => ({ handled: n, sum: sumTo(n) }),
    run: (peer, n, watch) => peer.machineEvents?.({ messages: n, burst }, watch),
  },
];

/** Throws unless the actors counted exactly what was sent. */
export function verify(what: string, evidence: Evidence, expected: Evidence): void {
  for (const key of ['handled', 'sum', 'stopped'] as const) {
    if (expected[key] !== undefined && evidence[key] !== expected[key]) {
      throw new Error(
        `${what}: ${key} is ${String(evidence[key])}, expected ${String(expected[key])}: messages were lost or doubled.`,
      );
    }
  }
}
