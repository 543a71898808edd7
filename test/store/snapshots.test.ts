// Reading the committed snapshots of actors by address, and going back through whoever runs them.

import { expect, test } from 'vitest';
import { ActorNotFoundError } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { Snapshots } from '../../src/store/state/snapshots.ts';
import { rejection } from '../kernel/players.ts';

interface Kit {
  readonly store: Store;
  readonly snapshots: Snapshots;
  readonly clock: VirtualClock;
  readonly asked: unknown[];
}

async function kit(): Promise<Kit> {
  const clock = new VirtualClock();
  const store = memoryStore(clock);
  const asked: unknown[] = [];
  const snapshots = new Snapshots({
    store,
    rollback: async (address, version) => {
      asked.push([address, version]);
      if (version === 2) throw new ActorNotFoundError(address);
    },
  });
  for (let n = 1; n <= 12; n++) {
    await clock.advance(1_000);
    const value = { format: 1, snapshot: { status: 'active', context: { n } }, timers: [{ at: n }] };
    await store.commit([{ key: 'actor/main/code', value, schema: 3, keep: 10 }]);
  }
  await store.commit([
    { key: 'actor/main', value: { format: 1, snapshot: 7, timers: [] } },
    { key: 'state/main', value: 1 },
    { key: 'mail/1', value: 1 },
  ]);
  return { store, snapshots, clock, asked };
}

test('the last snapshot of an actor comes with its version and time, and what is kept beside it', async () => {
  const { snapshots, clock } = await kit();
  expect(snapshots.get('main/code')).toEqual({
    snapshot: { status: 'active', context: { n: 12 } },
    record: { format: 1, snapshot: { status: 'active', context: { n: 12 } }, timers: [{ at: 12 }] },
    version: 12,
    at: clock.wall(),
  });
  expect(snapshots.get('main')?.snapshot).toBe(7);
  expect(snapshots.get('nobody')).toBeUndefined();
});

test('older versions can be read and compared while they are kept', async () => {
  const { snapshots, clock } = await kit();
  expect(snapshots.history('main/code').map(({ version }) => version)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  expect(snapshots.history('main/code')[9]).toMatchObject({ at: clock.wall() - 9_000, schema: 3 });
  expect(snapshots.at('main/code', 3)).toMatchObject({ version: 3, snapshot: { context: { n: 3 } } });
  expect(snapshots.at('main/code', 2)).toBeUndefined();
  expect(snapshots.diff('main/code', 3, 12)).toEqual({
    entries: [{ path: '.context.n', before: 3, after: 12 }],
    more: 0,
  });
  expect(() => snapshots.diff('main/code', 2, 12)).toThrow(
    "version is 2; it takes a version of 'main/code' that is kept (3 to 12 are).",
  );
});

test('addresses with a snapshot are listed, by prefix; nothing else in the store is', async () => {
  const { snapshots } = await kit();
  expect([...snapshots.list()]).toEqual(['main', 'main/code']);
  expect([...snapshots.list('main/')]).toEqual(['main/code']);
  expect([...snapshots.list('nobody')]).toEqual([]);
});

test('P20 a rollback is asked of whoever runs the actor, whose refusal is the outcome', async () => {
  const { snapshots, asked } = await kit();
  await snapshots.rollback('main/code', 5);
  expect(await rejection(snapshots.rollback('main/code', 2))).toMatchObject({ code: 'ACTOR_NOT_FOUND' });
  expect(asked).toEqual([
    ['main/code', 5],
    ['main/code', 2],
  ]);
  for (const [address, version] of [
    ['main/code', 0],
    ['main/code', 1.5],
    ['', 1],
  ] as const) {
    expect(await rejection(snapshots.rollback(address, version))).toMatchObject({ code: 'INVALID_OPTION' });
  }
  expect(asked).toHaveLength(2);
});

test('what comes out is a copy', async () => {
  const { snapshots } = await kit();
  const first = snapshots.get('main/code')?.snapshot as { context: { n: number } };
  first.context.n = 0;
  expect(snapshots.get('main/code')?.snapshot).toMatchObject({ context: { n: 12 } });
});

test('what is no address is refused, and a record without a snapshot has none', async () => {
  const { snapshots, store } = await kit();
  for (const address of ['', 'x'.repeat(limits.actor.addressLength_chars + 1), 7 as never]) {
    expect(() => snapshots.get(address)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  }
  await store.commit([{ key: 'actor/odd', value: [1] }]);
  expect(snapshots.get('odd')).toMatchObject({ snapshot: undefined, record: [1] });
});
