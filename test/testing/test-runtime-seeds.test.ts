// The seed decides: the same one gives the same run to the last message, another one interleaves actors differently,
// and whatever it decides, messages of one sender to one receiver at one priority stay in order.

import { effect, Priority } from 'troupe';
import { type AnyActorLogic, fromTransition } from 'xstate';
import { expect, test } from 'vitest';
import { Decisions } from '../../src/testing/world/decisions.ts';
import { seededScheduling } from '../../src/testing/world/seeded-scheduling.ts';
import { createTestRuntime, type TestRuntimeOptions } from '../../src/testing/world/test-runtime.ts';
import { office } from './test-runtime-kit.ts';

const senders = ['ann', 'ben', 'cid'];
const receivers = ['left', 'right'];
const priorities = [Priority.HIGH, Priority.NORMAL, Priority.LOW];
const each = 8;

/** Tells everybody one message at each priority, and itself to go on. */
function chatter(from: string): AnyActorLogic {
  return fromTransition((n: number, _event, { emit }) => {
    for (const to of receivers)
      for (const priority of priorities) emit(effect.tell(to, { type: 'said', from, priority, n }, { priority }));
    if (n < each - 1) emit(effect.tell('.', { type: 'go on' }));
    return n + 1;
  }, 0);
}

interface Heard {
  readonly type: 'said';
  readonly from: string;
  readonly priority: number;
  readonly n: number;
}

/** What each receiver hears, in order. */
async function chat(
  options: TestRuntimeOptions,
): Promise<{ readonly heard: (readonly Heard[])[]; readonly hash: string }> {
  await using world = await createTestRuntime(office(), options);
  const probes = receivers.map((id) => world.probe<Heard>(id));
  for (const id of senders) world.runtime.spawn(chatter(id), { id }).tell({ type: 'begin' });
  await world.settle();
  return { heard: probes.map(({ messages }) => messages), hash: world.hash };
}

function orderOf(heard: readonly (readonly Heard[])[]): string {
  return heard.map((list) => list.map(({ from, priority, n }) => `${from}${priority}${n}`).join(' ')).join(' | ');
}

test(
  'every seed keeps the order of each sender, receiver and priority, and loses nothing',
  { timeout: 60_000 },
  async () => {
    const orders = new Set<string>();
    for (let seed = 1; seed <= 200; seed++) {
      const { heard } = await chat({ seed, store: false });
      orders.add(orderOf(heard));
      for (const list of heard) {
        for (const from of senders) {
          for (const priority of priorities) {
            const numbers = list.filter((one) => one.from === from && one.priority === priority).map(({ n }) => n);
            expect(numbers, `seed ${seed}: ${from} at priority ${priority}`).toEqual([...Array(each).keys()]);
          }
        }
      }
    }
    expect(orders.size).toBeGreaterThan(190);
  },
);

test('the same seed is the same run, another seed is not', async () => {
  const [first, again, other] = [await chat({ seed: 7 }), await chat({ seed: 7 }), await chat({ seed: 8 })];
  expect(again).toEqual(first);
  expect(other.hash).not.toBe(first.hash);
  expect(orderOf(other.heard)).not.toBe(orderOf(first.heard));
});

test('in order, everybody has turns first come, first served, whatever the seed', async () => {
  const [seven, eight] = [
    await chat({ seed: 7, scheduling: 'in order' }),
    await chat({ seed: 8, scheduling: 'in order' }),
  ];
  expect(orderOf(seven.heard)).toBe(orderOf(eight.heard));
});

/** A run with retries, jitter, a crash and a restart on a disk that fails: all that chance has a hand in. */
async function stormy(seed: number): Promise<{ readonly hash: string; readonly trace: readonly string[] }> {
  let tries = 0;
  const topology = office(async (input) => {
    tries += 1;
    if (tries % 3 !== 0) throw new Error(`${input} failed`);
    return tries;
  });
  await using world = await createTestRuntime(topology, { seed, store: { faults: { delayed: 5, torn: 2 } } });
  const run = await world.submit({ type: 'job', input: 'it' }, { idempotencyKey: 'k' });
  await world.step();
  world.crash('power');
  await world.restart();
  await world.result(world.runtime.submit({ type: 'job', input: 'it' }, { idempotencyKey: 'k' })).catch(() => {});
  expect(world.runtime.find(run.id)?.isOver).toBe(true);
  return { hash: world.hash, trace: world.trace };
}

test('the same seed is the same run with crashes and disk faults, too', { timeout: 60_000 }, async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const [first, again] = [await stormy(seed), await stormy(seed)];
    expect(again.trace).toEqual(first.trace);
    expect(again.hash).toBe(first.hash);
  }
});

test('the trace says who handled what, and when', async () => {
  await using world = await createTestRuntime(office());
  const probe = world.probe('audience');
  await world.advance('2s');
  probe.ref.tell({ type: 'hello', n: 1 });
  const before = world.hash;
  await world.settle();
  expect(world.trace.at(-1)).toBe('2000 ms audience handled from outside {"type":"hello","n":1}');
  expect(world.hash).not.toBe(before);
});

test('without decisions, scheduling does what production does', () => {
  const scheduling = seededScheduling(new Decisions(1, []));
  expect([scheduling.pick(9), scheduling.messages(64), scheduling.endsSlice()]).toEqual([0, 64, false]);
});

test('most turns are of few messages, and some of a whole batch', () => {
  const scheduling = seededScheduling(new Decisions(1));
  const counts = Array.from({ length: 1_000 }, () => scheduling.messages(64));
  expect(counts.filter((count) => count <= 8).length).toBeGreaterThan(800);
  expect(counts.filter((count) => count === 64).length).toBeGreaterThan(50);
  expect(Array.from({ length: 100 }, () => scheduling.messages(2)).every((count) => count <= 2)).toBe(true);
  expect(new Set(Array.from({ length: 100 }, () => scheduling.pick(3)))).toEqual(new Set([0, 1, 2]));
});
