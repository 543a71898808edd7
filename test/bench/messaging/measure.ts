// Measures one peer in one scenario, in a process of its own: a calibration that also warms the code up, then passes of
// equal size, each verified; the pass a quarter of the way up counts. Nothing here runs inside the timed part.
import { setTimeout as sleep } from 'node:timers/promises';
import { fairnessProbe, heapProbe, type FlatProbe } from './probes.ts';
import type { Peer, Stopwatch } from './peer.ts';
import { patience_ms, quietly, type Timed } from '../pace.ts';
import { verify, type Scenario } from './scenarios.ts';

/** A watch whose last interval can be read. */
class Watch implements Stopwatch {
  #started_ms = Number.NaN;
  elapsed_ms = Number.NaN;

  start(): void {
    this.elapsed_ms = Number.NaN;
    this.#started_ms = performance.now();
  }

  stop(): void {
    this.elapsed_ms = performance.now() - this.#started_ms;
  }
}

/** The figures of one child process. */
export type Measured =
  | ({ readonly type: 'time'; readonly ns: number; readonly n: number } & Disturbance)
  | { readonly type: 'heap'; readonly bytes: number }
  | ({ readonly type: 'flat'; readonly few_ns: number; readonly many_ns: number } & Disturbance)
  | ({ readonly type: 'fairness' } & Fairness);

/** Passes that were disturbed by a neighbour: those that were run again, and those that count for want of better ones. */
export type Disturbance = Pick<Timed<unknown>, 'repeated' | 'disturbed'>;

/** What the fairness probe saw. */
export interface Fairness {
  readonly timers: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
  /** The peer's own 1 ms timer, where it has one. */
  readonly ownTimerP99_ms: number | null;
  readonly asks: number;
  readonly handled: number;
}

/** The middle value; the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** A quarter of the way up: a neighbour that comes and goes within a pass only ever makes it longer. */
function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 2] ?? Number.NaN;
}

const collect = (): void => {
  if (globalThis.gc === undefined) throw new Error('Run with --expose-gc.');
  globalThis.gc();
};

/**
 * Clears what a pass has left young. A whole collection would also drop the hidden classes of actors that have all ended,
 * and with them every optimised function: a pass would measure how fast V8 compiles, which no long-lived service does.
 */
const tidy = (): void => {
  if (globalThis.gc === undefined) throw new Error('Run with --expose-gc.');
  globalThis.gc({ type: 'minor' });
};

/** Runs one pass and returns its milliseconds. */
async function pass(peer: Peer, scenario: Scenario, n: number): Promise<number> {
  const watch = new Watch();
  tidy();
  const evidence = await scenario.run(peer.workloads, n, watch);
  if (evidence === undefined) throw new Error(`${peer.name} has no workload for ${scenario.id}.`);
  verify(`${peer.name}, ${scenario.id}, n = ${n}`, evidence, scenario.expected(n));
  if (!(watch.elapsed_ms >= 0)) throw new Error(`${peer.name}, ${scenario.id}: the watch was not started and stopped.`);
  return watch.elapsed_ms;
}

/** Long enough for the slowest peer's code to be optimised: with less, effect looked three times slower than it is. */
const warmUp_ms = 600;

/**
 * Nanoseconds a unit, at the size that takes about `target_ms` a pass. The size is found again and again while the code
 * warms up: what is only half optimised would be given too few messages.
 */
export async function measureTime(
  peer: Peer,
  scenario: Scenario,
  target_ms: number,
  passes: number,
): Promise<Measured> {
  let n = scenario.first;
  let spent_ms = 0;
  do {
    const elapsed_ms = await pass(peer, scenario, n);
    spent_ms += elapsed_ms;
    const growth = Math.min(4, target_ms / Math.max(elapsed_ms, 0.1));
    n = Math.max(1, Math.min(scenario.most, Math.round(n * growth)));
    // a pass at the largest size may be too short to ever spend the time: it is no less warm for that
  } while (spent_ms < warmUp_ms && !(n === scenario.most && spent_ms > target_ms));
  const { values, ...disturbance } = await quietly(passes, () => pass(peer, scenario, n));
  return { type: 'time', ns: (lowerQuartile(values) * 1e6) / scenario.units(n), n, ...disturbance };
}

const settledHeap = async (): Promise<number> => {
  for (let i = 0; i < 3; i += 1) {
    await sleep(20);
    collect();
  }
  const usage = process.memoryUsage();
  return usage.heapUsed + usage.external;
};

/** Bytes of one idle actor. Each is woken afterwards, to prove that it was one. */
export async function measureHeap(peer: Peer): Promise<Measured> {
  const { idle } = peer.workloads;
  if (idle === undefined) throw new Error(`${peer.name} has no idle workload.`);
  const create = async (actors: number): Promise<number> => {
    const before = await settledHeap();
    const held = await idle.call(peer.workloads, { actors });
    const after = await settledHeap();
    verify(`${peer.name}, heap, ${actors} actors`, await held.wake(), {
      handled: actors,
      sum: (actors * (actors + 1)) / 2,
    });
    return (after - before) / actors;
  };
  await create(heapProbe.warmUp);
  return { type: 'heap', bytes: Math.round(await create(heapProbe.actors)) };
}

const flatWarmUps = 6;

/** One cost with few and with many neighbours, alternately. */
export async function measureFlat(peer: Peer, probe: FlatProbe, passes: number): Promise<Measured> {
  const one = async (neighbours: number): Promise<number> => {
    const watch = new Watch();
    collect();
    const evidence = await probe.run(peer.workloads, neighbours, watch);
    if (evidence === undefined) throw new Error(`${peer.name} has no workload for ${probe.id}.`);
    verify(`${peer.name}, ${probe.id}, ${neighbours} neighbours`, evidence, probe.expected);
    return (watch.elapsed_ms * 1e6) / probe.units;
  };
  for (let i = 0; i < flatWarmUps; i += 1) await one(probe.few);
  const few: number[] = [];
  const many: number[] = [];
  let repeated = 0;
  let disturbed = 0;
  for (let i = 0; i < passes; i += 1) {
    for (const [times, neighbours] of [[few, probe.few] as const, [many, probe.many] as const]) {
      const timed = await quietly(1, () => one(neighbours), patience_ms / passes);
      times.push(...timed.values);
      repeated += timed.repeated;
      disturbed += timed.disturbed;
    }
  }
  return { type: 'flat', few_ns: lowerQuartile(few), many_ns: lowerQuartile(many), repeated, disturbed };
}

/** How late each of a chain of timers was, until the time is up. */
function chainOfTimers(after: (delay_ms: number, due: () => void) => void, until_ms: number): Promise<number[]> {
  const late_ms: number[] = [];
  return new Promise((resolve) => {
    const arm = (): void => {
      const due_ms = performance.now() + fairnessProbe.delay_ms;
      after(fairnessProbe.delay_ms, () => {
        const now_ms = performance.now();
        late_ms.push(Math.max(0, now_ms - due_ms));
        if (now_ms < until_ms) arm();
        else resolve(late_ms.sort((a, b) => a - b));
      });
    };
    arm();
  });
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;

/** Timers and asks while three actors never rest. */
export async function measureFairness(peer: Peer): Promise<Measured> {
  const restless = await peer.workloads.restless?.();
  if (restless === undefined) throw new Error(`${peer.name} has no restless workload.`);
  const until_ms = performance.now() + fairnessProbe.duration_ms;
  const nodeTimers = chainOfTimers((delay_ms, due) => void setTimeout(due, delay_ms), until_ms);
  const ownTimers = restless.after === undefined ? undefined : chainOfTimers(restless.after.bind(restless), until_ms);
  let asks = 0;
  while (performance.now() < until_ms) {
    const answer = await restless.ask(asks);
    if (answer !== asks + 1) throw new Error(`${peer.name}, fairness: asked ${asks}, got ${answer}.`);
    asks += 1;
    await sleep(1);
  }
  const late_ms = await nodeTimers;
  const ownLate_ms = await ownTimers;
  const { handled } = await restless.stop();
  if (asks === 0 || handled === 0)
    throw new Error(`${peer.name}, fairness: ${asks} asks answered, ${handled} messages handled.`);
  return {
    type: 'fairness',
    timers: late_ms.length,
    p50_ms: quantile(late_ms, 0.5),
    p99_ms: quantile(late_ms, 0.99),
    max_ms: late_ms.at(-1) ?? Number.NaN,
    ownTimerP99_ms: ownLate_ms === undefined ? null : quantile(ownLate_ms, 0.99),
    asks,
    handled,
  };
}
