// Transactions: all or nothing, one moment, retried on conflict, bounded in time.

import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Transaction } from '../../src/store/state/transaction.ts';
import { rejection } from '../kernel/players.ts';
import { kits, pipelinedKit } from './state-kit.ts';

const tick = (): Promise<void> => Promise.resolve();

describe.each(kits)('a transaction on %s', (_name, make) => {
  test('P18 one whose function throws after the first of three writes writes nothing, sync and async', async () => {
    const { state, ends, end } = await make();
    await ends(state.set('a', 'old'));
    const boom = new Error('boom');
    const sync = state.transaction((tx) => {
      tx.set('a', 'new');
      if (tx.get('a')?.value === 'new') throw boom;
      tx.set('b', 'new');
      tx.set('c', 'new');
    });
    const later = state.transaction(async (tx) => {
      tx.set('a', 'new');
      await tick();
      if (tx.get('a')?.value === 'new') throw boom;
      tx.set('b', 'new');
      tx.set('c', 'new');
    });
    expect(await ends(Promise.all([rejection(sync), rejection(later)]))).toEqual([boom, boom]);
    expect(state.get('a')).toMatchObject({ value: 'old', version: 1 });
    expect([...state.keys()]).toEqual(['a']);
    expect(await ends(state.set('a', 'next'))).toBe(2);
    await end();
  });

  test('V2 all of its writes land together, each key with its next version', async () => {
    const { state, clock, ends, end } = await make();
    await ends(state.set('a', 1));
    await ends(state.set('gone', 1));
    const result = await ends(
      state.transaction(async (tx) => {
        const a = tx.get<number>('a');
        tx.set('a', (a?.value ?? 0) + 1);
        await tick();
        tx.set('b', { from: a?.version });
        tx.delete('gone');
        return 'done';
      }),
    );
    expect(result).toBe('done');
    expect(clock.pendingTimers).toBe(0);
    expect(state.get('a')).toMatchObject({ value: 2, version: 2 });
    expect(state.get('b')).toMatchObject({ value: { from: 1 }, version: 1 });
    expect([...state.keys()]).toEqual(['a', 'b']);
    await end();
  });

  test('it sees its own writes and deletions, and nobody else does before it ends', async () => {
    const { state, ends, end } = await make();
    await ends(state.set('a', 1));
    const seen = await ends(
      state.transaction(async (tx) => {
        tx.set('a', 2);
        tx.set('b', 3);
        const own = [tx.get('a')?.value, tx.get('a')?.version, tx.get('b')?.version];
        tx.delete('b');
        await tick();
        return [...own, tx.get('b'), state.get('a')?.value, state.get('b')];
      }),
    );
    expect(seen).toEqual([2, 1, 0, undefined, 1, undefined]);
    expect([...state.keys()]).toEqual(['a']);
    await end();
  });

  test('what it reads of its own writes are copies', async () => {
    const { state, ends, end } = await make();
    const told: unknown[] = [];
    state.watch('a', ({ value }) => told.push(value));
    await ends(
      state.transaction((tx) => {
        tx.set('a', { list: [1] });
        tx.get<{ list: number[] }>('a')?.value.list.push(2);
        expect(tx.get('a')?.value).toEqual({ list: [1] });
      }),
    );
    expect(told).toEqual([{ list: [1] }]);
    await end();
  });

  test('it begins again when what it read, or found absent, has changed, though it writes elsewhere', async () => {
    const { state, ends, end } = await make();
    let runs = 0;
    const copied = state.transaction(async (tx) => {
      runs += 1;
      const source = tx.get<number>('source')?.value ?? 0;
      if (runs === 1) await state.set('source', 5);
      tx.set('copy', source);
    });
    await ends(copied);
    expect(runs).toBe(2);
    expect(state.get('copy')).toMatchObject({ value: 5, version: 1 });
    expect(state.conflicts).toBe(1);
    await end();
  });

  test('who is told of the last conflict sees the version that won', async () => {
    const { state, ends, end } = await make();
    const slow = state.transaction(
      async (tx) => {
        tx.get('a');
        await tick();
        tx.set('b', 1);
      },
      { retries: 0 },
    );
    const won = state.set('a', 1);
    const seen = rejection(slow).then((error) => [(error as { code: string }).code, state.get('a')?.version]);
    expect(await ends(seen)).toEqual(['VERSION_CONFLICT', 1]);
    await won;
    await end();
  });

  test('two that each read what the other writes do not both go by what they read (write skew)', async () => {
    const { state, ends, end } = await make();
    await ends(state.transaction((tx) => ['a', 'b'].forEach((key) => tx.set(key, true))));
    const leave = (own: string, other: string): Promise<void> =>
      state.transaction(async (tx) => {
        const isOtherThere = tx.get(other)?.value === true;
        await tick();
        if (isOtherThere) tx.set(own, false);
      });
    await ends(Promise.all([leave('a', 'b'), leave('b', 'a')]));
    expect([state.get('a')?.value, state.get('b')?.value].filter(Boolean)).toHaveLength(1);
    await end();
  });

  test('one that only reads sees one moment, however long it takes', async () => {
    const { state, ends, clock, end } = await make();
    await ends(state.transaction((tx) => ['a', 'b'].forEach((key) => tx.set(key, 0))));
    let writes = 0;
    const writing = (async () => {
      while (writes < 20) {
        writes += 1;
        await state.transaction((tx) => ['a', 'b'].forEach((key) => tx.set(key, writes)));
        await new Promise<void>((resolve) => clock.setTimer(resolve, 7));
      }
    })();
    const seen = state.transaction(
      async (tx) => {
        const a = tx.get('a')?.value;
        await new Promise<void>((resolve) => clock.setTimer(resolve, 12));
        return [a, tx.get('b')?.value];
      },
      { retries: 100 },
    );
    const [a, b] = await ends(seen);
    expect(a).toBe(b);
    await ends(writing);
    await end();
  });

  test('no try sees parts of two moments, not even one that will be tried again', async () => {
    const { state, ends, end } = await make();
    await ends(state.transaction((tx) => ['a', 'b'].forEach((key) => tx.set(key, 0))));
    let runs = 0;
    const torn: unknown[] = [];
    await ends(
      state.transaction(async (tx) => {
        runs += 1;
        const a = tx.get('a')?.value;
        if (runs === 1) await state.transaction((other) => ['a', 'b'].forEach((key) => other.set(key, 1)));
        const b = tx.get('b')?.value;
        if (a !== b) torn.push([a, b]);
      }),
    );
    expect(runs).toBe(2);
    expect(torn).toEqual([]);
    await end();
  });

  test('an error that was thrown for what is no longer so is not the outcome', async () => {
    const { state, ends, end } = await make();
    await ends(state.set('isReady', false));
    let runs = 0;
    const waited = state.transaction(async (tx) => {
      runs += 1;
      const isReady = tx.get('isReady')?.value === true;
      if (runs === 1) await state.set('isReady', true);
      if (!isReady) throw new Error('not ready');
      return 'ready';
    });
    expect(await ends(waited)).toBe('ready');
    await end();
  });

  test('one that never ends is given up in time, and its late calls are refused', async () => {
    const { state, ends, clock, end } = await make();
    let tx: Transaction | undefined;
    let goOn = (): void => {};
    let late: unknown;
    const hanging = rejection(
      state.transaction(async (face) => {
        tx = face;
        face.set('a', 1);
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        try {
          face.set('b', 1);
        } catch (error) {
          late = error;
          throw error;
        }
      }),
    );
    await clock.advance(limits.state.transaction_ms - 1);
    expect(state.get('a')).toBeUndefined();
    expect(await ends(hanging)).toMatchObject({
      code: 'TASK_TIMEOUT',
      details: { task: 'transaction', timeoutMs: 30_000 },
    });
    goOn();
    await clock.settle();
    expect(late).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining('after its function') });
    expect(() => tx?.get('a')).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(() => tx?.delete('a')).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect([...state.keys()]).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    await end();
  });

  test('it ends with its function: later calls are refused, whether it landed or not', async () => {
    const { state, ends, end } = await make();
    const faces: Transaction[] = [];
    await ends(state.transaction((tx) => void faces.push(tx)));
    await ends(
      rejection(
        state.transaction((tx) => {
          faces.push(tx);
          throw new Error('boom');
        }),
      ),
    );
    for (const tx of faces) {
      expect(() => tx.set('a', 1)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
      expect(() => tx.get('a')).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    }
    await end();
  });

  test('one within another is one of its own', async () => {
    const { state, ends, end } = await make();
    const outer = state.transaction(async (tx) => {
      tx.set('outer', 1);
      await state.transaction((inner) => {
        inner.set('inner', 1);
      });
      throw new Error('boom');
    });
    await ends(rejection(outer));
    expect([...state.keys()]).toEqual(['inner']);
    await end();
  });
});

test('so many keys fit in one transaction; one more is refused and nothing is written', async () => {
  const { state, ends } = pipelinedKit();
  const most = limits.state.transactionKeys_count;
  await ends(
    state.transaction((tx) => {
      for (let n = 0; n < most; n++) tx.set(`k${n}`, n);
    }),
  );
  expect([...state.keys()]).toHaveLength(most);
  const refused = state.transaction((tx) => {
    for (let n = 0; n <= most; n++) tx.set(`l${n}`, n);
  });
  expect(await ends(rejection(refused))).toMatchObject({ code: 'INVALID_OPTION' });
  const reading = state.transaction((tx) => {
    for (let n = 0; n <= most; n++) tx.get(`l${n}`);
  });
  expect(await ends(rejection(reading))).toMatchObject({ code: 'INVALID_OPTION' });
  expect([...state.keys('l')]).toEqual([]);
});

test('what throws on a write that is then lost says that it was lost', async () => {
  const { state, store, clock } = pipelinedKit({ latency_ms: 'manual' });
  const written = rejection(state.set('balance', 0));
  const thrown = rejection(
    state.transaction((tx) => {
      if (tx.get('balance')?.value === 0) throw new Error('nothing there');
    }),
  );
  await clock.settle();
  store.fail();
  expect(await written).toMatchObject({ code: 'STORE_FULL' });
  expect(await thrown).toMatchObject({ code: 'STORE_FULL' });
});
