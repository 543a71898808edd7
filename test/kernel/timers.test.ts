// The kernel's timers against a plain model: a list of what is pending, sorted by time and then by the order of
// setting. Timers may set and cancel others as they fire.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { type Timer, Timers } from '../../src/kernel/timers.ts';

/** What a timer does when it fires, besides being written down. */
type Act =
  | { readonly do: 'nothing' }
  | { readonly do: 'set'; readonly delay: number }
  | { readonly do: 'cancel'; readonly index: number };
type Step =
  | { readonly do: 'set'; readonly delay: number; readonly act: Act }
  | { readonly do: 'cancel'; readonly index: number }
  | { readonly do: 'advance'; readonly ms: number };

const delay = fc.integer({ min: -5, max: 200 });
const index = fc.nat(200);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ do: 'nothing' } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('set' as const), delay }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), index }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('set' as const), delay, act }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(150) }) },
);

interface Pending {
  readonly id: number;
  readonly at: number;
  readonly act: Act;
}

/** The plain model. */
class Model {
  now = 0;
  count = 0;
  pending: Pending[] = [];
  readonly fired: string[] = [];

  set(ms: number, does: Act): void {
    this.pending.push({ id: this.count++, at: this.now + Math.max(0, ms), act: does });
  }

  cancel(id: number): void {
    this.pending = this.pending.filter((each) => each.id !== id);
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = this.pending.toSorted((a, b) => a.at - b.at || a.id - b.id);
      if (next === undefined || next.at > end) break;
      this.now = Math.max(this.now, next.at);
      this.cancel(next.id);
      this.fired.push(`${next.id}@${this.now}`);
      if (next.act.do === 'set') this.set(next.act.delay, { do: 'nothing' });
      if (next.act.do === 'cancel') this.cancel(next.act.index);
    }
    this.now = end;
  }
}

async function compare(steps: readonly Step[]): Promise<void> {
  const clock = new VirtualClock();
  const timers = new Timers(clock);
  const model = new Model();
  const handles: Timer[] = [];
  const fired: string[] = [];
  const set = (ms: number, does: Act): void => {
    const id = handles.length;
    handles.push(
      timers.set(ms, () => {
        fired.push(`${id}@${clock.now()}`);
        if (does.do === 'set') set(does.delay, { do: 'nothing' });
        if (does.do === 'cancel') cancel(does.index);
      }),
    );
  };
  const cancel = (id: number): void => {
    const timer = handles[id];
    if (timer !== undefined) timers.cancel(timer);
  };
  for (const each of steps) {
    if (each.do === 'set') {
      set(each.delay, each.act);
      model.set(each.delay, each.act);
    } else if (each.do === 'cancel') {
      cancel(each.index);
      model.cancel(each.index);
    } else {
      // oxlint-disable-next-line no-await-in-loop -- one step after the other is the point
      await clock.advance(each.ms);
      model.advance(each.ms);
    }
    expect(timers.pending).toBe(model.pending.length);
  }
  await clock.advance(10_000);
  model.advance(10_000);
  expect(fired).toEqual(model.fired);
  expect(clock.pendingTimers).toBe(0);
}

test('S45 random set, cancel and advance equal a sorted list, also from within timers', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), compare), { numRuns: 150 });
});

test('S45 2,000 operations in one run', async () => {
  const [steps] = fc.sample(fc.array(step, { minLength: 2_000, maxLength: 2_000, size: 'max' }), {
    numRuns: 1,
    seed: 45,
  });
  await compare(steps ?? []);
});

describe('edges', () => {
  test('S45 cancelling most of 10,000 timers keeps what is left on time, and one timer of the clock', async () => {
    const clock = new VirtualClock();
    const timers = new Timers(clock);
    const fired: number[] = [];
    const all = Array.from({ length: 10_000 }, (_, n) => timers.set(10 + n, () => fired.push(n)));
    for (const [n, timer] of all.entries()) if (n % 100 !== 0) timers.cancel(timer);
    expect(timers.pending).toBe(100);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(20_000);
    expect(fired).toEqual(Array.from({ length: 100 }, (_, n) => n * 100));
  });

  test('a timer set while others fire does not delay the ones that were set before', async () => {
    const clock = new VirtualClock();
    const timers = new Timers(clock);
    const fired: string[] = [];
    timers.set(10, () => timers.set(100, () => fired.push(`late@${clock.now()}`)));
    timers.set(50, () => fired.push(`early@${clock.now()}`));
    await clock.advance(200);
    expect(fired).toEqual(['early@50', 'late@110']);
  });

  test('a timer that throws takes no other with it', async () => {
    const clock = new VirtualClock();
    const timers = new Timers(clock);
    const fired: number[] = [];
    timers.set(10, () => {
      throw new Error('its own fault');
    });
    timers.set(10, () => fired.push(clock.now()));
    await expect(clock.advance(20)).rejects.toThrow('its own fault');
    await clock.advance(20);
    expect(fired).toHaveLength(1);
  });

  test.each([Number.NaN, '10', undefined, {}])('a delay that is no number is refused: %s', (delayMs) => {
    const timers = new Timers(new VirtualClock());
    expect(() => timers.set(delayMs as number, () => {})).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(timers.pending).toBe(0);
  });

  test('nothing fires after close', async () => {
    const clock = new VirtualClock();
    const timers = new Timers(clock);
    const fired: number[] = [];
    timers.set(10, () => fired.push(1));
    timers.close();
    timers.set(10, () => fired.push(2));
    await clock.advance(100);
    expect(fired).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
