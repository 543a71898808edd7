// Reading, writing, history and refusals of shared state, on every store.

import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { rejection } from '../kernel/players.ts';
import { kits } from './state-kit.ts';

describe.each(kits)('shared state on %s', (_name, make) => {
  test('a key that was set is there, with its version and time; one that was not is undefined', async () => {
    const { state, clock, ends, end } = await make();
    const before = clock.wall();
    expect(state.get('a')).toBeUndefined();
    expect(await ends(state.set('a', { n: 1 }))).toBe(1);
    expect(state.get('a')).toEqual({ value: { n: 1 }, version: 1, at: expect.any(Number) });
    expect(state.get('a')?.at).toBeGreaterThanOrEqual(before);
    expect(state.get('a')?.at).toBeLessThanOrEqual(clock.wall());
    expect(await ends(state.set('a', { n: 2 }))).toBe(2);
    expect(state.get('a')).toMatchObject({ value: { n: 2 }, version: 2 });
    await end();
  });

  test('P15 of two sets that expect version 5 in one turn one wins, the other is told the actual version', async () => {
    const { state, ends, events, end } = await make();
    for (let n = 1; n <= 5; n++) await ends(state.set('a', n));
    const both = await ends(
      Promise.allSettled([
        state.set('a', 'first', { expectedVersion: 5 }),
        state.set('a', 'second', { expectedVersion: 5 }),
      ]),
    );
    expect(both).toMatchObject([
      { status: 'fulfilled', value: 6 },
      {
        status: 'rejected',
        reason: { code: 'VERSION_CONFLICT', details: { key: 'a', expected: 5, actual: 6 } },
      },
    ]);
    expect(state.get('a')).toMatchObject({ value: 'first', version: 6 });
    expect(state.conflicts).toBe(1);
    expect(events).toMatchObject([{ type: 'state.conflict', key: 'a', expected: 5, actual: 6, attempt: 1 }]);
    await end();
  });

  test('P15 who is told of a conflict sees the version that won', async () => {
    const { state, ends, end } = await make();
    const won = state.set('a', 1);
    const seen = rejection(state.set('a', 2, { expectedVersion: 0 })).then(() => state.get('a')?.version);
    expect(await ends(seen)).toBe(1);
    await won;
    await end();
  });

  test('expectedVersion 0 creates only what is absent', async () => {
    const { state, ends, end } = await make();
    expect(await ends(state.set('a', 1, { expectedVersion: 0 }))).toBe(1);
    expect(await ends(rejection(state.set('a', 1, { expectedVersion: 0 })))).toMatchObject({
      code: 'VERSION_CONFLICT',
      details: { expected: 0, actual: 1 },
    });
    expect(await ends(rejection(state.delete('b', { expectedVersion: 1 })))).toMatchObject({
      code: 'VERSION_CONFLICT',
      details: { expected: 1, actual: 0 },
    });
    await end();
  });

  test('without it the last write wins, and every one is a version', async () => {
    const { state, ends, end } = await make({ versions: 100 });
    const versions = await ends(Promise.all(Array.from({ length: 50 }, (_, n) => state.set('a', n))));
    expect(versions).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    expect(state.get('a')).toMatchObject({ value: 49, version: 50 });
    expect(state.history('a').map(({ version }) => state.at('a', version)?.value)).toEqual(
      Array.from({ length: 50 }, (_, n) => 49 - n),
    );
    expect(state.conflicts).toBe(0);
    await end();
  });

  test.each([1, 2, 10])(
    'a deleted key is gone and goes on counting, also where %i versions are kept',
    async (versions) => {
      const { state, ends, end } = await make({ versions });
      await ends(state.set('a', 1));
      await ends(state.set('a', 2));
      expect(await ends(state.delete('a', { expectedVersion: 2 }))).toBe(true);
      expect(state.get('a')).toBeUndefined();
      expect([...state.keys()]).toEqual([]);
      expect(await ends(state.delete('a'))).toBe(false);
      expect(await ends(state.set('a', 3, { expectedVersion: 0 }))).toBeGreaterThan(2);
      await end();
    },
  );

  test('P20 the last ten versions stay readable, and a rollback writes an old one as a new one', async () => {
    const { state, ends, end } = await make();
    for (let n = 1; n <= 14; n++) await ends(state.set('a', { n, big: 'x'.repeat(n) }));
    expect(state.history('a').map(({ version }) => version)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5]);
    expect(state.at('a', 5)).toMatchObject({ value: { n: 5 }, version: 5 });
    expect(state.at('a', 4)).toBeUndefined();
    expect(await ends(state.rollback('a', 6))).toBe(15);
    expect(state.get('a')).toMatchObject({ value: { n: 6 }, version: 15 });
    expect(state.diff('a', 6, 15)).toEqual({ entries: [], more: 0 });
    expect(state.diff('a', 14, 15).entries).toEqual([
      { path: '.big', before: 'x'.repeat(14), after: 'x'.repeat(6) },
      { path: '.n', before: 14, after: 6 },
    ]);
    await end();
  });

  test('P20 a rollback to a version that is missing is an error, and nothing has changed', async () => {
    const { state, ends, end } = await make();
    for (let n = 1; n <= 12; n++) await ends(state.set('a', n));
    const before = state.history('a');
    for (const version of [1, 2, 13, 1_000]) {
      expect(await ends(rejection(state.rollback('a', version)))).toMatchObject({
        code: 'INVALID_OPTION',
        message: `version is ${version}; it takes a version of 'a' that is kept (3 to 12 are).`,
      });
    }
    for (const version of [0, -1, 1.5, Number.NaN]) {
      expect(() => state.at('a', version)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
      expect(await ends(rejection(state.rollback('a', version)))).toMatchObject({ code: 'INVALID_OPTION' });
    }
    expect(await ends(rejection(state.rollback('nobody', 1)))).toMatchObject({
      message: "version is 1; it takes a version of 'nobody' that is kept (none is).",
    });
    expect(() => state.diff('a', 1, 12)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(state.history('a')).toEqual(before);
    expect(state.get('a')).toMatchObject({ value: 12, version: 12 });
    expect(await ends(rejection(state.rollback('a', 5, { expectedVersion: 11 })))).toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    await end();
  });

  test('P26 a key over its limit, or no key at all, is refused before anything is written', async () => {
    const { state, ends, end } = await make();
    const longest = 'k'.repeat(limits.state.keyLength_chars);
    await ends(state.set(longest, 1));
    for (const key of ['', `${longest}k`, 'a\u0000b', 'a\nb', '\ud800', 7 as never, undefined as never]) {
      expect(await ends(rejection(state.set(key, 1)))).toMatchObject({ code: 'INVALID_OPTION' });
      expect(await ends(rejection(state.update(key, () => 1)))).toMatchObject({ code: 'INVALID_OPTION' });
      expect(await ends(rejection(state.delete(key)))).toMatchObject({ code: 'INVALID_OPTION' });
      expect(
        await ends(
          rejection(
            state.transaction((tx) => {
              tx.set('other', 1);
              tx.set(key, 1);
            }),
          ),
        ),
      ).toMatchObject({ code: 'INVALID_OPTION' });
      expect(() => state.get(key)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
      expect(() => state.watch(key, () => {})).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    }
    expect([...state.keys()]).toEqual([longest]);
    await end();
  });

  test("P26 a value that is too large, too deep or can't be kept is refused by path before anything is written", async () => {
    const { state, ends, end } = await make();
    let deep: unknown = 1;
    for (let level = 0; level < 65; level++) deep = [deep];
    const large = 'x'.repeat(limits.message.size_bytes + 1);
    for (const value of [{ here: () => {} }, { here: large }, { here: deep }, { here: Promise.resolve() }]) {
      const refused = { code: 'UNSERIALIZABLE', message: expect.stringContaining('state/a.here') };
      expect(await ends(rejection(state.set('a', value)))).toMatchObject(refused);
      expect(await ends(rejection(state.update('a', () => value)))).toMatchObject(refused);
      const two = state.transaction((tx) => {
        tx.set('b', 1);
        tx.set('a', value);
      });
      expect(await ends(rejection(two))).toMatchObject(refused);
    }
    expect(await ends(rejection(state.set('a', undefined)))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(await ends(rejection(state.update('a', () => undefined)))).toMatchObject({ code: 'INVALID_OPTION' });
    expect([...state.keys()]).toEqual([]);
    await end();
  });

  test('options that make no sense are refused', async () => {
    const { state, ends, end } = await make();
    for (const expectedVersion of [-1, 1.5, Number.NaN, '1' as never]) {
      expect(await ends(rejection(state.set('a', 1, { expectedVersion })))).toMatchObject({ code: 'INVALID_OPTION' });
    }
    for (const retries of [-1, 0.5, 1_001, Infinity, 'many' as never]) {
      expect(await ends(rejection(state.update('a', () => 1, { retries })))).toMatchObject({ code: 'INVALID_OPTION' });
    }
    expect(await ends(rejection(state.transaction(7 as never)))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(await ends(rejection(state.transaction(() => 1, { timeout: 0 })))).toMatchObject({ code: 'INVALID_OPTION' });
    expect([...state.keys()]).toEqual([]);
    await end();
  });

  test('keys come by prefix, and only those of shared state', async () => {
    const { state, store, ends, end } = await make();
    await ends(
      store.commit([
        { key: 'actor/a', value: 1 },
        { key: 'state', value: 1 },
      ]),
    );
    const names = Array.from({ length: 2_500 }, (_, n) => `many/${String(n).padStart(4, '0')}`);
    await ends(state.transaction((tx) => names.forEach((name) => tx.set(name, 1))));
    await ends(state.set('other', 1));
    expect([...state.keys()]).toEqual([...names, 'other']);
    expect([...state.keys('many/1')]).toEqual(names.filter((name) => name.startsWith('many/1')));
    expect([...state.keys('nobody')]).toEqual([]);
    let read = 0;
    const keys = store.keys.bind(store);
    store.keys = function* counted(prefix, after) {
      for (const each of keys(prefix, after)) {
        read += 1;
        yield each;
      }
    };
    expect(state.keys().next().value).toBe('many/0000');
    expect(read).toBe(1_000); // a page, not all there is
    await end();
  });

  test('what goes in and what comes out are copies, also of writes on their way', async () => {
    const { state, ends, end } = await make();
    const value = { list: [1] };
    const written = state.set('a', value);
    value.list.push(2);
    const seen = state.transaction((tx) => {
      const read = tx.get<{ list: number[] }>('a')?.value;
      read?.list.push(3);
      return tx.get('a')?.value;
    });
    await ends(written);
    expect(await ends(seen)).toEqual({ list: [1] });
    expect(state.get('a')?.value).toEqual({ list: [1] });
    await end();
  });
});
