// The circuit breaker: the acceptance cases C01-C13, C16 and C19, to the number.
import { describe, expect, it } from 'vitest';
import { breakerDeadlineMs, parseBreakerInput } from '../../machines/breaker.ts';
import { Breaker, COUNTED, ended, lost, opened, passed, requested, SETTINGS } from './breaker-driver.ts';

describe('breaker: opening', () => {
  it('C01 stays closed below the volume threshold, whatever fails', () => {
    const breaker = new Breaker().calls('failed', 9, 0);
    expect(breaker.value).toBe('closed');
    breaker.call('failed', 0);
    expect(breaker.value).toBe('open');
  });

  it('C02 opens with the failure that makes it 5 of 10 at 50 %, and not at 4 of 10', () => {
    expect(opened().value).toBe('open');
    const breaker = new Breaker().calls('succeeded', 6, 0).calls('failed', 4, 0);
    expect(breaker.value).toBe('closed');
    breaker.call('failed', 0);
    expect(breaker.value, '5 of 11').toBe('closed');
    breaker.call('failed', 0);
    expect(breaker.value, '6 of 12').toBe('open');
  });

  it('C02 never opens with a success: 5 failures, then 5 successes stay closed until the next failure', () => {
    const breaker = new Breaker().calls('failed', 5, 0).calls('succeeded', 5, 0);
    expect(breaker.value).toBe('closed');
    breaker.call('failed', 0);
    expect(breaker.value).toBe('open');
  });

  it('C02 counts failures where a count is given: 10 in 60 s, the tenth opens', () => {
    const breaker = new Breaker({ ...COUNTED, windowMs: 60_000, buckets: 60, failureCount: 10 });
    for (let nth = 0; nth < 9; nth += 1) breaker.calls('succeeded', 1, nth * 6_000).calls('failed', 1, nth * 6_000);
    expect(breaker.value).toBe('closed');
    breaker.call('failed', 59_999);
    expect(breaker.value).toBe('open');
  });

  it('C03 refuses 1,000 calls, none reaches the target, each in under 1 ms', () => {
    const breaker = opened();
    const started = performance.now();
    for (let nth = 0; nth < 1_000; nth += 1) {
      expect(breaker.send(requested(`call${nth}`, 1_000))).toEqual([
        { type: 'call.refused', id: `call${nth}`, retryAtMs: 30_000 },
      ]);
    }
    expect((performance.now() - started) / 1_000).toBeLessThan(1);
    expect(breaker.context.generation).toBe(1);
  });

  it('C11 forgets with time: 4 failures have left the window when the next ones come', () => {
    const breaker = new Breaker(COUNTED).calls('failed', 4, 999);
    breaker.call('failed', 10_000);
    expect(breaker.value).toBe('closed');
    expect(breaker.context.buckets).toEqual([{ index: 10, succeeded: 0, failed: 1 }]);
  });

  it('C11 remembers until the window is over: the fifth failure at 9,999 ms opens', () => {
    const breaker = new Breaker(COUNTED).calls('failed', 4, 0);
    breaker.call('failed', 9_999);
    expect(breaker.value).toBe('open');
  });

  it('C11 is empty after an idle hour, and bounded by its buckets', () => {
    const breaker = new Breaker().calls('failed', 9, 0);
    breaker.call('failed', 3_600_000);
    expect(breaker.value).toBe('closed');
    expect(breaker.context.buckets).toEqual([{ index: 3_600, succeeded: 0, failed: 1 }]);
    for (let second = 0; second < 100; second += 1) breaker.call('succeeded', 3_600_000 + second * 1_000);
    expect(breaker.context.buckets.length).toBe(10);
  });

  it('C11 takes a clock that was set back as the latest time it has seen', () => {
    const breaker = new Breaker().calls('failed', 5, 3_600_000).calls('failed', 4, 0);
    expect(breaker.context).toMatchObject({ now: 3_600_000, buckets: [{ index: 3_600, failed: 9 }] });
    breaker.call('failed', Number.NaN);
    expect(breaker.context).toMatchObject({ now: 3_600_000, retryAtMs: 3_630_000 });
    breaker.send(passed(30_000));
    expect(breaker.value).toBe('open');
  });

  it('C13 counts neither filtered errors nor cancelled calls, in no number', () => {
    const breaker = new Breaker().calls('failed', 9, 0).calls('ignored', 50, 0);
    expect(breaker.value).toBe('closed');
    expect(breaker.context).toMatchObject({ buckets: [{ index: 0, succeeded: 0, failed: 9 }], late: 0 });
    breaker.call('failed', 0);
    expect(breaker.value).toBe('open');
  });
});

describe('breaker: half-open', () => {
  it('C04 is open at 29.999 s and half-open at 30.000 s, by a call or by time', () => {
    const asked = opened();
    expect(asked.ask(29_999)).toBeUndefined();
    expect(asked.value).toBe('open');
    expect(asked.ask(30_000)).toMatchObject({ generation: 2 });
    expect(asked.value).toBe('halfOpen');
    const timed = opened();
    expect(timed.send(passed(29_999))).toEqual([]);
    expect(timed.send(passed(30_000))).toEqual([{ type: 'breaker.halfOpened', generation: 2 }]);
    expect(timed.ask(30_000)).toMatchObject({ generation: 2 });
  });

  it('C05 lets 1 of 100 concurrent calls through and tells the others when the probe is decided', () => {
    const breaker = opened();
    const answers = Array.from({ length: 100 }, (_, nth) => breaker.send(requested(`c${nth}`, 30_000)).at(-1));
    expect(answers.filter((answer) => answer?.type === 'call.allowed')).toEqual([
      { type: 'call.allowed', id: 'c0', generation: 2 },
    ]);
    expect(answers[99]).toEqual({ type: 'call.refused', id: 'c99', retryAtMs: 35_000 });
  });

  it('C06 closes with counters at zero when the probe succeeds', () => {
    const breaker = opened();
    breaker.call('succeeded', 30_000);
    expect(breaker.value).toBe('closed');
    expect(breaker.context).toMatchObject({ buckets: [], reopens: 0, probe: null, generation: 3 });
    breaker.calls('failed', 9, 30_000);
    expect(breaker.value).toBe('closed');
  });

  it('C06 is open for the whole time again when the probe fails', () => {
    const breaker = opened();
    const probe = breaker.ask(30_000);
    const failure = ended('failed', probe?.id ?? '', 2, 31_000);
    expect(breaker.send(failure)).toEqual([{ type: 'breaker.opened', generation: 3, retryAtMs: 61_000 }]);
    expect(breaker.ask(60_999)).toBeUndefined();
    expect(breaker.ask(61_000)).toMatchObject({ generation: 4 });
  });

  it('C07 opens again when the probe has not settled by its deadline, by time or by the next call', () => {
    const timed = opened();
    timed.ask(30_000);
    expect(breakerDeadlineMs(timed.context)).toBe(35_000);
    expect(timed.send(passed(34_999))).toEqual([]);
    expect(timed.send(passed(35_000))).toEqual([{ type: 'breaker.opened', generation: 3, retryAtMs: 65_000 }]);
    const asked = opened();
    asked.ask(30_000);
    expect(asked.send(requested('next', 35_000))).toEqual([
      { type: 'breaker.opened', generation: 3, retryAtMs: 65_000 },
      { type: 'call.refused', id: 'next', retryAtMs: 65_000 },
    ]);
    const late = opened();
    const probe = late.ask(30_000);
    late.send(ended('succeeded', probe?.id ?? '', 2, 35_000));
    expect(late.value, 'a success at the deadline comes too late').toBe('open');
  });

  it('C08 opens and frees the place when the actor of the probe dies', () => {
    const breaker = opened();
    breaker.ask(30_000);
    expect(breaker.send(lost(1, 30_500)), 'of an older generation').toEqual([]);
    expect(breaker.send(lost(2, 31_000))).toEqual([{ type: 'breaker.opened', generation: 3, retryAtMs: 61_000 }]);
    expect(breaker.context.probe).toBeNull();
    expect(breaker.ask(61_000)).toMatchObject({ generation: 4 });
  });

  it('C08 a lost probe of nobody changes nothing', () => {
    const breaker = opened();
    breaker.send(passed(30_000));
    expect(breaker.send(lost(2, 30_000))).toEqual([]);
    expect(breaker.value).toBe('halfOpen');
  });

  it('C09 is not closed by the late success of a call that timed out', () => {
    const breaker = opened();
    const probe = breaker.ask(30_000);
    breaker.send(passed(35_000));
    expect(breaker.send(ended('succeeded', probe?.id ?? '', 2, 35_001))).toEqual([]);
    expect(breaker.value).toBe('open');
    const second = breaker.ask(65_000);
    expect(second).toMatchObject({ generation: 4 });
    expect(breaker.send(ended('succeeded', probe?.id ?? '', 2, 65_001))).toEqual([]);
    expect(breaker.value).toBe('halfOpen');
    expect(breaker.context.late).toBe(2);
  });

  it('C10 does not count a failure from before the opening, in half-open or after closing', () => {
    const breaker = new Breaker();
    const early = breaker.ask(0);
    const other = breaker.ask(0);
    breaker.calls('failed', 10, 0);
    breaker.ask(30_000, 'probe');
    expect(breaker.send(ended('failed', early?.id ?? '', 0, 30_001))).toEqual([]);
    expect(breaker.value).toBe('halfOpen');
    expect(breaker.send(ended('succeeded', 'probe', 2, 30_002))).toEqual([{ type: 'breaker.closed', generation: 3 }]);
    expect(breaker.send(ended('failed', other?.id ?? '', 0, 30_003))).toEqual([]);
    expect(breaker.context).toMatchObject({ buckets: [], late: 2 });
  });

  it('C12 re-opens for 1, 2, 4, 4 s, and for 1 s again after it was closed', () => {
    const breaker = opened({ ...SETTINGS, resetMs: 1_000, reopenFactor: 2, reopenMaxMs: 4_000 });
    const waits: number[] = [];
    const waitMs = (): number => (breaker.context.retryAtMs ?? 0) - breaker.context.now;
    for (let nth = 0; nth < 4; nth += 1) {
      waits.push(waitMs());
      breaker.call('failed', breaker.context.retryAtMs ?? 0);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 4_000]);
    const now = breaker.context.retryAtMs ?? 0;
    breaker.call('succeeded', now);
    breaker.calls('failed', 10, now);
    expect(waitMs()).toBe(1_000);
  });

  it('C13 an ignored probe frees its place and decides nothing', () => {
    const breaker = opened();
    breaker.call('ignored', 30_000);
    expect(breaker.value).toBe('halfOpen');
    expect(breaker.ask(30_001)).toMatchObject({ generation: 2 });
    expect(breaker.ask(30_001)).toBeUndefined();
  });
});

describe('breaker: restored and validated', () => {
  it('C16 an open breaker with 20 s left is open for 20 s after a restart', () => {
    const before = opened();
    before.send(passed(10_000));
    const breaker = new Breaker(SETTINGS, before.driven.stored());
    expect(breaker.ask(29_999)).toBeUndefined();
    expect(breaker.ask(30_000)).toMatchObject({ generation: 2 });
  });

  it('C16 a probe that was out at the restart still has its deadline', () => {
    const before = opened();
    before.ask(30_000);
    const breaker = new Breaker(SETTINGS, before.driven.stored());
    expect(breaker.ask(34_999)).toBeUndefined();
    breaker.send(passed(35_000));
    expect(breaker.context.retryAtMs).toBe(65_000);
  });

  const NUMBERS = [
    'windowMs',
    'buckets',
    'volume',
    'failureRatio',
    'failureCount',
    'resetMs',
    'reopenMaxMs',
    'probeMs',
  ];
  it.each([...NUMBERS, 'reopenFactor'])('C19 refuses NaN, 0, negative and infinite %s by name', (field) => {
    for (const value of [Number.NaN, 0, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const parse = (): unknown => parseBreakerInput({ ...SETTINGS, failureCount: 5, [field]: value });
      expect(parse, `${field} ${value}`).toThrow(RangeError);
      expect(parse).toThrow(new RegExp(`Breaker setting ${field} must be .*; received ${value}\\.`));
    }
  });

  it.each([
    ['buckets', 2.5],
    ['buckets', 1_001],
    ['volume', 1.5],
    ['failureRatio', 1.01],
    ['failureCount', 1.5],
    ['reopenFactor', 0.99],
    ['reopenMaxMs', 29_999],
  ])('C19 refuses %s %d', (field, value) => {
    expect(() => parseBreakerInput({ ...SETTINGS, [field]: value })).toThrow(`Breaker setting ${field} must be`);
  });

  it('C19 refuses buckets shorter than a millisecond, and a breaker that could never open', () => {
    expect(() => parseBreakerInput({ ...SETTINGS, windowMs: 9 })).toThrow('Breaker setting buckets must be');
    const { failureCount: _, ...rest } = COUNTED;
    expect(() => parseBreakerInput(rest)).toThrow('Breaker setting failureCount must be given');
    expect(parseBreakerInput({ ...rest, failureCount: 3 })).toEqual({ ...COUNTED, failureCount: 3 });
    expect(parseBreakerInput(SETTINGS)).toBe(SETTINGS);
  });
});
