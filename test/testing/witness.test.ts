// What a witness hears of: the way of a message, of an actor, of a timer and of a commit, in the order in which it
// happens; and nothing once it is silent.

import { expect, test } from 'vitest';
import type { Invariant, Life } from '../../src/testing/simulation/invariant.ts';
import type { WitnessEvents } from '../../src/testing/simulation/witness.ts';
import { hand } from './invariants-actors.ts';
import { order, planted, type SmallWorld } from './invariants-kit.ts';

const watched: Invariant = { name: 'nothing', watch: () => ({}) };

/** A world, and what is heard of some kinds of happenings, by the cell or the text they are of. */
async function listening(
  kinds: readonly (keyof WitnessEvents)[],
  store?: false,
): Promise<{ readonly world: SmallWorld; readonly life: Life; readonly heard: string[] }> {
  const world = await planted(watched, undefined, store);
  const life = world.present;
  const heard: string[] = [];
  for (const kind of kinds) {
    life.witness.on(kind, (...told: readonly unknown[]) => {
      const [first] = told;
      const address = typeof first === 'string' ? first : (first as { readonly address?: string }).address;
      heard.push(address === undefined ? kind : `${kind} ${address}`);
    });
  }
  return { world, life, heard };
}

test('the way of a message, and of one that is not taken', async () => {
  const kinds = ['put', 'sent', 'taken', 'handling', 'handled', 'effect', 'over', 'dead'] as const;
  const { world, life, heard } = await listening(kinds, false);
  const ref = life.runtime.spawn(hand, { id: 'a', mailbox: { capacity: 1 } });
  ref.tell(order({ act: 'reply' }));
  ref.tell(order());
  await world.settle();
  expect(heard).toEqual([
    ...['put a', 'sent a'],
    ...['put a', 'dead', 'sent a'],
    ...['taken a', 'handling a', 'handled a', 'effect a', 'dead', 'over a'],
  ]);
});

test('a crash, a restart and an end', async () => {
  const kinds = ['added', 'beginning', 'crashed', 'givenBack', 'back', 'handled', 'ending', 'removed'] as const;
  const { world, life, heard } = await listening(kinds, false);
  const ref = life.runtime.spawn(hand, { id: 'a' });
  ref.tell(order({ act: 'crash' }, { act: 'stopSelf' }));
  await world.settle(5_000);
  expect(heard).toEqual([
    ...['added a', 'beginning a'],
    ...['crashed a', 'givenBack a', 'back a', 'beginning a'],
    ...['crashed a', 'givenBack a', 'back a', 'beginning a'],
    ...['handled a', 'removed a', 'ending a'],
  ]);
});

test('whose timers are whose', async () => {
  const { world, life } = await listening([], false);
  const owners: (string | undefined)[] = [];
  life.witness.on('timerFired', ({ owner }) => owners.push(owner?.address));
  const ref = life.runtime.spawn(hand, { id: 'a' });
  ref.tell(order({ act: 'schedule', id: 's', ms: 10, acts: [] }));
  ref.ask(order(), { timeout: '1s' }).catch(() => {});
  await world.settle(2_000);
  expect(owners).toEqual(['a', undefined]);
});

test('a turn that lands, and one that is undone', async () => {
  const { world, life, heard } = await listening(['held', 'commit', 'landed', 'undone', 'rollingBack', 'effect']);
  const ref = life.runtime.spawn(hand, { id: 'a', durable: true });
  await world.settle();
  heard.length = 0;
  ref.tell(order({ act: 'reply' }));
  await world.settle();
  expect(heard).toEqual(['held a', 'commit', 'landed', 'effect a']);
  heard.length = 0;
  world.failNext();
  ref.tell(order({ act: 'reply' }));
  await world.settle(1_000);
  expect(heard).toEqual([
    ...['held a', 'commit', 'undone', 'rollingBack a'],
    ...['commit', 'landed'], // the message itself, which waits again
    ...['held a', 'commit', 'landed', 'effect a'],
  ]);
});

test('nothing once it is silent', async () => {
  const { world, life, heard } = await listening(['put', 'handling', 'commit']);
  const ref = life.runtime.spawn(hand, { id: 'a', durable: true });
  await world.settle();
  life.witness.silence();
  heard.length = 0;
  ref.tell(order());
  await world.settle();
  expect(heard).toEqual([]);
  expect(Object.hasOwn(life.store ?? {}, 'commit')).toBe(false);
});
