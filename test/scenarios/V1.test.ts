// FEATURES V1, told as one story: many workers share a stock list. Who decides on old numbers is told so by a typed
// error; who lets the runtime retry gets through; every conflict is counted and seen.

import { describe, expect, test } from 'vitest';
import { VersionConflictError } from '../../src/base/errors.ts';
import { kits } from '../store/state-kit.ts';

interface Stock {
  readonly left: number;
  readonly sold: readonly string[];
}

describe.each(kits)('V1 concurrent writers to shared state on %s', (_name, make) => {
  test('two clerks who read the same version: one sale goes through, the other is told with both versions', async () => {
    const { state, ends, end } = await make();
    await ends(state.set('stock/lamp', { left: 1, sold: [] } satisfies Stock));
    const seen = state.get<Stock>('stock/lamp');
    const sell = (clerk: string): Promise<number> =>
      state.set('stock/lamp', { left: 0, sold: [clerk] }, { expectedVersion: seen?.version ?? 0 });
    const [first, second] = await ends(Promise.allSettled([sell('ann'), sell('bob')]));
    expect(first).toEqual({ status: 'fulfilled', value: 2 });
    const error = second.status === 'rejected' ? (second.reason as unknown) : undefined;
    expect(error).toBeInstanceOf(VersionConflictError);
    expect(error).toMatchObject({
      code: 'VERSION_CONFLICT',
      retryable: true,
      details: { key: 'stock/lamp', expected: 1, actual: 2 },
      message: "'stock/lamp' is at version 2, not at 1; read it again and decide anew.",
    });
    expect(state.get('stock/lamp')?.value).toEqual({ left: 0, sold: ['ann'] });
    await end();
  });

  test('thirty clerks who look things up in between sell thirty lamps, none twice, and all conflicts are counted', async () => {
    const { state, clock, events, random, ends, end } = await make({ seed: 1 });
    await ends(state.set('stock/lamp', { left: 40, sold: [] } satisfies Stock));
    let tries = 0;
    const sell = (clerk: string): Promise<unknown> =>
      state.update<Stock>(
        'stock/lamp',
        async (stock = { left: 0, sold: [] }) => {
          tries += 1;
          await new Promise<void>((resolve) => clock.setTimer(resolve, random()));
          return { left: stock.left - 1, sold: [...stock.sold, clerk] };
        },
        { retries: 20 },
      );
    const clerks = Array.from({ length: 30 }, (_, n) => `clerk ${n}`);
    await ends(Promise.all(clerks.map(sell)));
    const stock = state.get<Stock>('stock/lamp');
    expect(stock).toMatchObject({ version: 31, value: { left: 10 } });
    expect(stock?.value.sold.toSorted()).toEqual(clerks.toSorted());
    expect(state.conflicts).toBe(tries - 30);
    expect(state.conflicts).toBeGreaterThan(29);
    expect(events.filter(({ type }) => type === 'state.conflict')).toHaveLength(state.conflicts);
    await end();
  });

  test('a clerk who is never fast enough gives up with the conflict, after waits that grow', async () => {
    const { state, clock, events, ends, end } = await make();
    const at: number[] = [];
    const faster: Promise<unknown>[] = [];
    const slow = state.update<number>('n', async (n = 0) => {
      at.push(clock.now());
      faster.push(state.update<number>('n', (now = 0) => now + 1));
      return n + 100;
    });
    const refused = slow.catch((error: unknown) => error);
    expect(await ends(refused)).toMatchObject({ code: 'VERSION_CONFLICT' });
    await ends(Promise.all(faster));
    expect(at).toHaveLength(6);
    expect((at[5] ?? 0) - (at[4] ?? 0)).toBeGreaterThan((at[1] ?? 0) - (at[0] ?? 0));
    expect(state.get('n')?.value).toBe(6);
    expect(state.conflicts).toBe(6);
    expect(events).toHaveLength(6);
    await end();
  });
});
