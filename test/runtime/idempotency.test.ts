// One run a key, with and without a store.

import { describe, expect, test } from 'vitest';
import { agent, memoryStore, StoreFullError } from 'troupe';
import { Lives, submitted } from './durable-kit.ts';
import { failureOf, runtimeKit, solo } from './runtime-kit.ts';

const topology = () => {
  const runs: unknown[] = [];
  const of = solo(
    agent({
      instances: 2,
      run: ({ input }) => {
        runs.push(input);
        return input === 'hang' ? new Promise(() => {}) : runs.length;
      },
    }),
  );
  return { runs, of };
};

describe.each([
  ['without a store', () => false as const],
  ['with a store', () => memoryStore()],
])('%s', (_name, store) => {
  test('the same key with the same task is the same run, open or over', async () => {
    const { runs, of } = topology();
    const { runtime, settle } = await runtimeKit(of, { store: store() });
    const kit = { runtime, settle };
    for (const input of ['hang', { deep: [1, { a: 1, b: 2 }] }]) {
      const key = JSON.stringify(input);
      const first = await submitted(kit as never, 'work', input, { idempotencyKey: key });
      await settle();
      const same = typeof input === 'string' ? input : { deep: [1, { b: 2, a: 1 }] };
      expect(await submitted(kit as never, 'work', same, { idempotencyKey: key })).toBe(first);
    }
    await settle();
    expect(runs).toHaveLength(2);
    void runtime.stop();
  });

  test('two at once are one run', async () => {
    const { runs, of } = topology();
    const { runtime, settle } = await runtimeKit(of, { store: store() });
    const both = [1, 2, 3].map(() => runtime.submit({ type: 'work', input: 'x' }, { idempotencyKey: 'k' }));
    await settle();
    const [a, b, c] = await Promise.all(both);
    expect(b).toBe(a);
    expect(c).toBe(a);
    expect(runs).toEqual(['x']);
    await runtime.stop();
  });

  test('a key that stands for another task is refused by name; so is what is no key', async () => {
    const { runs, of } = topology();
    const { runtime, settle } = await runtimeKit(of, { store: store() });
    await submitted({ runtime, settle } as never, 'work', 'x', { idempotencyKey: 'order 5' });
    const other = failureOf(runtime.submit({ type: 'work', input: 'y' }, { idempotencyKey: 'order 5' }));
    expect(await other).toMatchObject({ code: 'INVALID_OPTION', details: { field: 'idempotencyKey' } });
    expect((await other).message).toContain('"order 5"');
    for (const key of ['', 'x'.repeat(257), 5, null]) {
      const refused = failureOf(runtime.submit({ type: 'work', input: 'y' }, { idempotencyKey: key as never }));
      expect(await refused).toMatchObject({ code: 'INVALID_OPTION', details: { field: 'idempotencyKey' } });
    }
    expect(runs).toEqual(['x']);
    await runtime.stop();
  });
});

test.each(['k', 'with spaces and ünïcödé', '\u0000', '\ud800', '~abc', 'x'.repeat(256), 'a/b', '..'])(
  'the key %j stands for its run after a restart, and for no other',
  async (key) => {
    const { runs, of } = topology();
    const lives = new Lives();
    const first = await lives.begin(of);
    const over = await submitted(first, 'work', 'x', { idempotencyKey: key });
    const open = await submitted(first, 'work', 'hang', { idempotencyKey: `${key.slice(0, 200)}2` });
    await first.settle();
    first.kill();
    const second = await lives.begin(of);
    expect(await submitted(second, 'work', 'x', { idempotencyKey: key })).toBe(over);
    expect(await submitted(second, 'work', 'hang', { idempotencyKey: `${key.slice(0, 200)}2` })).toBe(open);
    const other = second.runtime.submit({ type: 'work', input: 'y' }, { idempotencyKey: key });
    expect(await failureOf(other)).toMatchObject({ code: 'INVALID_OPTION' });
    expect(runs).toEqual(['x', 'hang', 'hang']);
    void second.runtime.stop();
  },
);

test('a submission that the store refused leaves its key free', async () => {
  const { runs, of } = topology();
  const { runtime, settle, store, advance } = await new Lives().begin(of);
  store.failure = new StoreFullError('nowhere', 'it is full');
  const refused = [1, 2].map(() => failureOf(runtime.submit({ type: 'work', input: 'x' }, { idempotencyKey: 'k' })));
  await settle();
  expect((await Promise.all(refused)).map(({ code }) => code)).toEqual(['STORE_FULL', 'STORE_FULL']);
  store.failure = undefined;
  await advance(2_000);
  await submitted({ runtime, settle } as never, 'work', 'y', { idempotencyKey: 'k' });
  await settle();
  expect(runs).toEqual(['y']);
  await runtime.stop();
});

describe('a key of which the store can not say what it stands for', () => {
  test.each([
    ['its record is damaged', 'idem/k', undefined],
    ['its record is none of ours', 'idem/k', { format: 1, key: 'other', run: 'run-1' }],
    ['the record of its run is damaged', 'run/', undefined],
  ])('is refused, and nothing begins a second time: %s', async (_name, prefix, instead) => {
    const { runs, of } = topology();
    const lives = new Lives();
    const first = await lives.begin(of);
    const run = await submitted(first, 'work', 'x', { idempotencyKey: 'k' });
    await first.settle();
    first.kill();
    const { runtime, settle, store } = await lives.begin(of);
    // As a store gives what fails its checksum: it is there, and nothing of it is served.
    const get = store.get.bind(store);
    store.get = (key) => {
      const record = get(key);
      if (record === undefined || !key.startsWith(prefix)) return record;
      return instead === undefined ? undefined : { ...record, value: instead };
    };
    const version = store.version('idem/k');
    const refused = failureOf(runtime.submit({ type: 'work', input: 'x' }, { idempotencyKey: 'k' }));
    await settle();
    expect(await refused).toMatchObject({
      code: 'STORE_CORRUPT',
      details: { problem: expect.stringContaining('"k" stands for') as unknown },
    });
    expect(runs).toEqual(['x']);
    expect([store.version('idem/k'), lives.keys('run/')]).toEqual([version, [`run/${run}`]]);
    store.get = get;
    expect(await submitted({ runtime, settle } as never, 'work', 'x', { idempotencyKey: 'k' })).toBe(run);
    await runtime.stop();
  });
});
