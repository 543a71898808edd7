// How long a supervisor waits before it starts again what failed.
import type { BackoffOptions } from '../../src/base/supervision-options.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay } from '../../machines/supervisor.ts';
import type { KernelKit } from './kernel-kit.ts';
import { Boom, boot, child, crash, states, supervisor, worker } from './supervision-kit.ts';

const with_ = (backoff: BackoffOptions, maxRestarts = 100) => ({
  restart: { maxRestarts, within: '24h', backoff } as const,
});

/** The delays that were announced. */
function delays({ events }: KernelKit): number[] {
  return events.flatMap((event) => (event.type === 'actor.restarting' ? [event.delayMs] : []));
}

describe('backoff', () => {
  it('S37 min 1 s, max 10 s, no jitter, a start that keeps failing: 1, 2, 4, 8, 10, 10 s', async () => {
    const starts: number[] = [];
    const kit = await boot([supervisor('sup', [], with_({ initial: '1s', max: '10s', jitter: 0 }))]);
    const start = () => {
      starts.push(kit.clock.now());
      if (starts.length > 1) throw new Boom();
    };
    kit.kernel.spawn(worker, { id: 'a', hooks: { start } }, 'sup');
    await crash(kit, 'sup/a');
    await kit.advance(35_000);
    const [, ...again] = starts;
    expect(again.map((at, index) => (at - (again[index - 1] ?? 0)) / 1_000)).toEqual([1, 2, 4, 8, 10, 10]);
    expect(delays(kit).slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it('S37 a child that is up for a moment only has failed in a row, too', async () => {
    const kit = await boot([supervisor('sup', ['a', 'b'], with_({ initial: '1s', max: '10s', jitter: 0 }))]);
    for (const delay of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      await crash(kit, 'sup/a');
      await kit.advance(delay - 1);
      expect(states(kit)['sup/a']).toMatch(/^suspended/);
      await kit.advance(1);
      expect(states(kit)['sup/a']).toMatch(/^running/);
    }
    await crash(kit, 'sup/b');
    expect(delays(kit)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 1_000]);
  });

  it.each([
    [9_999, 2_000],
    [10_000, 1_000],
  ])('S38 a child that was up for %i ms waits %i ms: healthy for 10 s starts the backoff afresh', async (up, next) => {
    const kit = await boot([supervisor('sup', ['a'], with_({ initial: '1s', max: '10s', jitter: 0 }))]);
    await crash(kit, 'sup/a');
    await kit.advance(1_000 + up);
    await crash(kit, 'sup/a');
    expect(delays(kit)).toEqual([1_000, next]);
  });

  it('S38 jitter 0.2 stays within [d, 1.2 d], and is spread over it', async () => {
    const seen: number[] = [];
    for (let seed = 1; seed <= 40; seed++) {
      const kit = await boot([supervisor('sup', ['a'], with_({ initial: '1s', max: '10s', jitter: 0.2 }))], { seed });
      for (const base of [1_000, 2_000, 4_000, 8_000, 10_000]) {
        await crash(kit, 'sup/a');
        const delay = delays(kit).at(-1) ?? Number.NaN;
        expect(delay / base).toBeGreaterThanOrEqual(1);
        expect(delay / base).toBeLessThanOrEqual(1.2);
        seen.push(delay / base);
        await kit.advance(delay);
        expect(states(kit)['sup/a']).toMatch(/^running/);
      }
    }
    expect(Math.min(...seen)).toBeLessThan(1.02);
    expect(Math.max(...seen)).toBeGreaterThan(1.18);
  });

  it('S38 for any settings, the delay of failure n lies between the capped power and its jitter above that', () => {
    fc.assert(
      fc.property(
        fc.record({
          initialMs: fc.integer({ min: 0, max: 60_000 }),
          factor: fc.double({ min: 1, max: 100, noNaN: true }),
          maxMs: fc.integer({ min: 0, max: 3_600_000 }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (backoff, failures, random) => {
          const delay = backoffDelay(backoff, failures, random);
          const base = backoffDelay({ ...backoff, jitter: 0 }, failures, random);
          expect(base).toBeLessThanOrEqual(backoff.maxMs);
          expect(delay).toBeGreaterThanOrEqual(base);
          expect(delay).toBeLessThanOrEqual(base * (1 + backoff.jitter) + 1e-6);
        },
      ),
    );
  });

  it('S38 no delay stays no delay, however long the streak', () => {
    expect(backoffDelay({ initialMs: 0, factor: 2, maxMs: 10_000, jitter: 0.2 }, 2_000, 0.5)).toBe(0);
  });

  it('S40 two restarts allowed under backoff and start keeps failing: stopped, watchers told once', async () => {
    let starts = 0;
    const start = () => {
      if ((starts += 1) > 1) throw new Boom('no start');
    };
    const told: string[] = [];
    const kit = await boot([]);
    const ref = kit.kernel.spawn(worker, { id: 'a', hooks: { start }, ...with_({ initial: '1s', jitter: 0 }, 2) });
    ref.watch(({ address, reason }) => told.push(`${address} ${reason}`));
    await crash(kit, 'a');
    await kit.advance(1_000);
    await kit.advance(1_999);
    expect([starts, told]).toEqual([2, []]);
    await kit.advance(1);
    expect([starts, told]).toEqual([3, ['a error']]);
    await kit.advance(3_600_000);
    expect([starts, told, kit.kernel.size, kit.kernel.timers.pending]).toEqual([3, ['a error'], 0, 0]);
    expect(kit.events.filter(({ type }) => type === 'actor.stopped')).toMatchObject([
      { address: 'a', error: { code: 'RESTART_LIMIT', cause: { code: 'START_FAILED' } } },
    ]);
  });

  it('S40 the same under a supervisor that is temporary: both are stopped, each watcher told once', async () => {
    let starts = 0;
    const start = () => {
      if ((starts += 1) > 1) throw new Boom();
    };
    const told: string[] = [];
    const sup = supervisor('sup', [child('a', { hooks: { start } })], {
      child: 'temporary',
      ...with_({ initial: '1s', jitter: 0 }, 2),
    });
    const kit = await boot([supervisor('top', [sup])]);
    for (const address of ['top/sup', 'top/sup/a'])
      kit.kernel.lookup(address)?.watch((end) => told.push(`${end.address} ${end.reason}`));
    await crash(kit, 'top/sup/a');
    await kit.advance(3_600_000);
    expect(starts).toBe(3);
    expect(told.toSorted()).toEqual(['top/sup error', 'top/sup/a killed']);
    expect(states(kit)).toEqual({ top: 'running 1' });
  });
});
