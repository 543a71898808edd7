// The clock that moves only when told to, and the machine's own.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock, type TimerHandle } from '../../src/base/clock.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';

describe('VirtualClock', () => {
  it('a timer that arms itself again fires as often as it is due', async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    const tick = (): void => {
      fired.push(clock.now());
      clock.setTimer(tick, 10);
    };
    clock.setTimer(tick, 10);
    await clock.advance(55);
    expect(fired).toEqual([10, 20, 30, 40, 50]);
    expect(clock.now()).toBe(55);
    await clock.advance(5);
    expect(fired.at(-1)).toBe(60);
  });

  it('what is due at one instant runs in the order it was set, after what is due before', async () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    clock.setTimer(() => order.push('late'), 20);
    for (let n = 0; n < 20; n++) clock.setTimer(() => order.push(`${n}`), 10);
    clock.setTimer(() => order.push('early'), 5);
    await clock.advance(20);
    expect(order).toEqual(['early', ...Array.from({ length: 20 }, (_, n) => `${n}`), 'late']);
  });

  it('a timer set by a timer within the jump is due within it', async () => {
    const clock = new VirtualClock({ nowMs: 100 });
    const fired: number[] = [];
    clock.setTimer(() => clock.setTimer(() => fired.push(clock.now()), 5), 10);
    await clock.advance(15);
    expect(fired).toEqual([115]);
  });

  it('a timer is not early, and a delay below zero is none', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.setTimer(() => fired.push('ten'), 10);
    clock.setTimer(() => fired.push('past'), -5);
    await clock.advance(9.999);
    expect(fired).toEqual(['past']);
    await clock.advance(0.001);
    expect(fired).toEqual(['past', 'ten']);
  });

  it('a cleared timer does not fire, cleared by another one at the same instant or twice or late', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    const cleared = clock.setTimer(() => fired.push('never'), 5);
    let other: TimerHandle = {};
    clock.setTimer(() => clock.clearTimer(other), 10);
    other = clock.setTimer(() => fired.push('never'), 10);
    const late = clock.setTimer(() => fired.push('once'), 10);
    expect(clock.pendingTimers).toBe(4);
    clock.clearTimer(cleared);
    clock.clearTimer(cleared);
    expect(clock.pendingTimers).toBe(3);
    await clock.advance(10);
    clock.clearTimer(late);
    expect(fired).toEqual(['once']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('settle lets promises and turns run without moving time', async () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    const work = async (): Promise<void> => {
      await Promise.resolve();
      await Promise.resolve();
      order.push('promise');
      clock.yieldThen(() => {
        order.push('turn');
        void Promise.resolve().then(() => clock.soon(() => order.push('next turn')));
      });
    };
    void work();
    clock.setTimer(() => order.push('timer'), 1);
    await clock.settle();
    expect(order).toEqual(['promise', 'turn', 'next turn']);
    expect(clock.now()).toBe(0);
  });

  it('everything settles at an instant before the next one', async () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    clock.setTimer(() => void Promise.resolve().then(() => order.push(`promise at ${clock.now()}`)), 10);
    clock.setTimer(() => order.push('second at 10'), 10);
    clock.setTimer(() => order.push(`timer at ${clock.now()}`), 11);
    await clock.advance(100);
    expect(order).toEqual(['promise at 10', 'second at 10', 'timer at 11']);
  });

  it('S11 time goes on when the wall clock is set back', async () => {
    const clock = new VirtualClock({ nowMs: 5_000, wallMs: 1_000_000 });
    let fired = 0;
    clock.setTimer(() => (fired += 1), 1_000);
    clock.setWall(clock.wall() - 3_600_000);
    expect([clock.now(), clock.wall()]).toEqual([5_000, -2_600_000]);
    await clock.advance(1_000);
    expect([clock.now(), clock.wall(), fired]).toEqual([6_000, -2_599_000, 1]);
  });

  it('time never goes back', async () => {
    const clock = new VirtualClock({ nowMs: 100 });
    await clock.advance(-50);
    expect(clock.now()).toBe(100);
    clock.setTimer(() => void clock.advance(100), 10);
    await clock.advance(20);
    expect(clock.now()).toBeGreaterThanOrEqual(120);
    const before = clock.now();
    await clock.settle();
    expect(clock.now()).toBeGreaterThanOrEqual(before);
  });

  it('a turn that throws does not take the others with it', async () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    clock.soon(() => order.push('first'));
    clock.soon(() => {
      clock.soon(() => order.push('fourth'));
      throw new Error('a bad turn');
    });
    clock.soon(() => order.push('third'));
    await expect(clock.settle()).rejects.toThrow('a bad turn');
    await clock.settle();
    expect(order).toEqual(['first', 'third', 'fourth']);
  });

  it('2,000 timers at scattered times fire in order', async () => {
    const clock = new VirtualClock();
    let last = 0;
    let fired = 0;
    for (let n = 0; n < 2_000; n++) {
      const at = (n * 7_919) % 1_000;
      clock.setTimer(() => {
        expect(clock.now()).toBe(at);
        expect(at).toBeGreaterThanOrEqual(last);
        last = at;
        fired += 1;
      }, at);
    }
    await clock.advance(1_000);
    expect(fired).toBe(2_000);
  });
});

describe('systemClock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('runs timers, turns and what is soon', async () => {
    const before = systemClock.now();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      const cleared = systemClock.setTimer(() => order.push('never'), 1);
      systemClock.clearTimer(cleared);
      systemClock.setTimer(resolve, 20);
      systemClock.yieldThen(() => order.push('turn'));
      systemClock.soon(() => order.push('soon'));
    });
    expect(order).toEqual(['soon', 'turn']);
    expect(systemClock.now() - before).toBeGreaterThan(15);
    expect(Math.abs(systemClock.wall() - Date.now())).toBeLessThan(1_000);
  });

  it("a timer longer than the machine's own fires when it is due and can be cleared", () => {
    vi.useFakeTimers();
    const day_ms = 86_400_000;
    let fired = 0;
    systemClock.setTimer(() => (fired += 1), 100 * day_ms);
    const cleared = systemClock.setTimer(() => (fired += 100), 60 * day_ms);
    vi.advanceTimersByTime(30 * day_ms);
    systemClock.clearTimer(cleared);
    vi.advanceTimersByTime(70 * day_ms - 1);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
