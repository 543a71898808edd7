// A random tree under a storm of random faults, all from one seed: whatever happened, in the end everybody is up.
import type { Strategy } from '../../src/base/supervision-options.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/base/random.ts';
import type { ChildOptions, LifeHooks } from '../../src/kernel/spec.ts';
import { kernelKit } from './kernel-kit.ts';
import { Boom, delay_ms, freely, Living, never } from './supervision-kit.ts';

const actors_count = 500;
const breadth_children = 6;
const faults_count = 1_000;

type Fault = 'start throws' | 'start rejects' | 'stop throws' | 'stop rejects' | 'stop hangs';
const faults: readonly Fault[] = ['start throws', 'start rejects', 'stop throws', 'stop rejects', 'stop hangs'];
const strategies: readonly Strategy[] = ['one-for-one', 'one-for-all', 'rest-for-one'];

interface Storm {
  readonly random: Random;
  readonly living: Living;
  /** Faults that wait for their hook to run, by address. */
  readonly armed: Map<string, Fault>;
  /** Faults that have happened. */
  readonly fired: Map<Fault | 'handler', number>;
  /** Successful starts, by address. */
  readonly starts: Map<string, number>;
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function take(storm: Storm, address: string, hook: 'start' | 'stop'): Fault | undefined {
  const fault = storm.armed.get(address);
  if (fault?.startsWith(hook) !== true) return undefined;
  storm.armed.delete(address);
  count(storm.fired, fault);
  return fault;
}

function hooksOf(storm: Storm): LifeHooks {
  const slow = storm.random() < 0.2;
  return {
    start: ({ address }) => {
      const fault = take(storm, address, 'start');
      if (fault === 'start throws') throw new Boom(fault);
      if (fault === 'start rejects') return Promise.reject(new Boom(fault));
      count(storm.starts, address);
      return slow ? Promise.resolve() : undefined;
    },
    stop: ({ address }) => {
      const fault = take(storm, address, 'stop');
      if (fault === 'stop throws') throw new Boom(fault);
      if (fault === 'stop rejects') return Promise.reject(new Boom(fault));
      if (fault === 'stop hangs') return never;
      return slow ? Promise.resolve() : undefined;
    },
  };
}

/** The tree as child specs under one root child, with every address in it. */
function grow(storm: Storm): { readonly root: ChildOptions; readonly addresses: readonly string[] } {
  interface Node {
    readonly address: string;
    readonly id: string;
    readonly children: Node[];
  }
  const { random } = storm;
  const root: Node = { address: 'n0', id: 'n0', children: [] };
  const nodes = [root];
  // Addresses end at 512 characters, so a node that is deep already gets no children.
  const open = [root];
  while (nodes.length < actors_count) {
    const parent = open[Math.floor(random() * open.length)] ?? root;
    const id = `n${nodes.length}`;
    const node: Node = { address: `${parent.address}/${id}`, id, children: [] };
    parent.children.push(node);
    nodes.push(node);
    if (parent.children.length === breadth_children) open.splice(open.indexOf(parent), 1);
    if (node.address.length < 400) open.push(node);
  }
  const specOf = ({ id, address, children }: Node): ChildOptions => ({
    id,
    logic: storm.living.logic(address),
    hooks: hooksOf(storm),
    shutdown: children.length === 0 ? 50 : 300,
    restart: { ...freely, strategy: strategies[Math.floor(random() * strategies.length)] ?? 'one-for-one' },
    children: children.map(specOf),
  });
  return { root: specOf(root), addresses: nodes.map(({ address }) => address) };
}

async function weather(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const storm: Storm = { random, living: new Living(), armed: new Map(), fired: new Map(), starts: new Map() };
  const { root, addresses } = grow(storm);
  const kit = kernelKit({ seed, restart: freely });
  const started = kit.kernel.start([root], () => {});
  await kit.settle();
  await started;
  const firedCount = (): number => [...storm.fired.values()].reduce((sum, each) => sum + each, 0);
  const anyone = (): string => addresses[Math.floor(random() * addresses.length)] ?? 'n0';
  while (firedCount() < faults_count) {
    storm.armed.set(anyone(), faults[Math.floor(random() * faults.length)] ?? 'start throws');
    // One that is down crashes when it is up again.
    kit.kernel
      .lookup(anyone())
      ?.ask({ type: 'crash' }, { timeout: '24h' })
      .catch((error: unknown) => {
        if (error instanceof Boom) count(storm.fired, 'handler');
      });
    await kit.settle();
    // Now and then the next fault comes while this one is still being mended.
    if (random() < 0.7) await kit.advance(Math.floor(random() * 4 * delay_ms));
  }
  storm.armed.clear();
  await kit.advance(3_600_000);
  check(kit, storm, addresses);
  await stopped(kit, storm);
}

function check(
  kit: ReturnType<typeof kernelKit>,
  { living, fired, starts }: Storm,
  addresses: readonly string[],
): void {
  const { kernel } = kit;
  const all = [...kernel.actors()];
  expect(all.map(({ address }) => address).toSorted()).toEqual([...addresses].toSorted());
  expect(all.filter(({ state }) => state !== 'running')).toEqual([]);
  for (const address of addresses) {
    const children = addresses.filter(
      (each) => each.startsWith(`${address}/`) && !each.slice(address.length + 1).includes('/'),
    ).length;
    expect(kernel.supervision(address).countChildren()).toEqual({ specs: children, active: children });
  }
  expect([...living.now.values()].filter((each) => each !== 1)).toEqual([]);
  expect([...living.most.values()].filter((each) => each !== 1)).toEqual([]);
  expect(living.now.size).toBe(actors_count);
  const counted = (type: string): number => kit.events.filter((event) => event.type === type).length;
  expect(counted('actor.crashed')).toBe(fired.get('handler'));
  expect(counted('actor.stopHookFailed')).toBe((fired.get('stop throws') ?? 0) + (fired.get('stop rejects') ?? 0));
  expect([counted('supervisor.gaveUp'), counted('kernel.fatal'), counted('effect.refused')]).toEqual([0, 0, 0]);
  const ups = new Map<string, number>();
  for (const event of kit.events) if (event.type === 'actor.started') count(ups, event.address);
  // A start that is overtaken has run its hook and never counts as started.
  for (const address of addresses) expect(ups.get(address)).toBeLessThanOrEqual(starts.get(address) ?? 0);
  expect([kernel.timers.pending, kernel.pendingAsks, kernel.dispatcher.handled > 0]).toEqual([0, 0, true]);
  expect(fired.size).toBe(faults.length + 1);
}

async function stopped({ kernel, advance }: ReturnType<typeof kernelKit>, { living }: Storm): Promise<void> {
  const stop = kernel.stop();
  await advance(60_000);
  await stop;
  expect([kernel.size, kernel.timers.pending, Math.max(...living.now.values())]).toEqual([0, 0, 0]);
}

describe('S50 random tree of 500 actors, breadth 6, 1,000 faults in start, stop and handlers', () => {
  it('S50 all alive, none suspended, counts exact', { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 0x7fff_ffff }), weather), {
      numRuns: 4,
      examples: [[1], [2]],
      endOnFailure: true,
    });
  });
});
