// The circuit breaker: its whole graph, and a plain model beside it under random stories.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  breakerDeadlineMs,
  type BreakerContext,
  type BreakerEvent,
  type BreakerInput,
  breakerMachine,
  parseBreakerInput,
} from '../../machines/breaker.ts';
import { Breaker, ended, lost, OUTCOMES, type Outcome, passed, requested } from './breaker-driver.ts';
import { coverageOf, exploreModel, type ModelStep } from './model.ts';

describe('breaker: its graph', () => {
  const coverage = coverageOf(breakerMachine);
  const base = { windowMs: 4, buckets: 2, volume: 2, resetMs: 4, reopenFactor: 2, reopenMaxMs: 8, probeMs: 2 };

  /** What is current, now, a little later, at the next deadline and before; and now also what is not: another call's result, an older generation's. */
  function eventsAt({ context }: { readonly context: BreakerContext }): BreakerEvent[] {
    const { now, generation, probe } = context;
    const times = [now, now + 2, Math.max(breakerDeadlineMs(context) ?? now + 9, now + 1), now - 1];
    const current = (id: string, at: number): BreakerEvent[] =>
      OUTCOMES.map((outcome) => ended(outcome, id, generation, at));
    return [
      ...[...new Set(times)].flatMap((at) => [
        requested('p', at),
        ...current(probe?.id ?? 'p', at),
        lost(generation, at),
        passed(at),
      ]),
      ...current('other', now),
      ...OUTCOMES.map((outcome) => ended(outcome, 'p', generation - 1, now)),
      lost(generation - 1, now),
    ];
  }

  function checkStep({ before, event, after, emitted }: ModelStep<typeof breakerMachine>): void {
    const from = before.context;
    const to = after.context;
    expect(to.now).toBe(Math.max(from.now, event.now));
    expect(to.buckets.length).toBeLessThanOrEqual(to.settings.buckets);
    expect(to.retryAtMs !== null).toBe(after.value === 'open');
    if (after.value !== 'halfOpen') expect(to.probe).toBeNull();
    if (after.value !== 'closed') expect(to.buckets).toEqual([]);
    const changes = emitted.filter(({ type }) => type.startsWith('breaker.')).length;
    expect(to.generation - from.generation).toBe(changes);
    expect(before.value === after.value).toBe(changes === 0);
    const answers = emitted.filter(({ type }) => type.startsWith('call.'));
    expect(answers.length).toBe(event.type === 'call.requested' ? 1 : 0);
    const [answer] = answers;
    if (answer?.type === 'call.allowed') {
      expect(answer.generation).toBe(to.generation);
      if (after.value === 'halfOpen') expect(from.probe).toBeNull();
      else expect(before.value).toBe('closed');
    }
    if (answer?.type === 'call.refused') expect(answer.retryAtMs).toBeGreaterThan(to.now);
    const isOverdue = from.probe !== null && to.now >= from.probe.deadlineMs;
    const isStale = 'generation' in event && event.generation !== from.generation;
    const isOthers =
      before.value === 'halfOpen' && event.type !== 'call.requested' && 'id' in event && event.id !== from.probe?.id;
    if ((isStale || isOthers) && !isOverdue) expect({ ...to, now: 0, late: 0 }).toEqual({ ...from, now: 0, late: 0 });
  }

  it.each([
    { ...base, failureCount: 2 },
    { ...base, volume: 3, failureRatio: 0.5 },
  ])('does in every state what the model says (%j)', (input) => {
    const { paths, steps } = exploreModel({
      machine: breakerMachine,
      input: parseBreakerInput(input),
      events: eventsAt,
      coverage,
      check: checkStep,
      abstraction: ({ value, context }) => {
        const { now, buckets, probe, reopens } = context;
        const index = Math.floor((now * input.buckets) / input.windowMs);
        const window = buckets.map(({ index: at, succeeded, failed }) => {
          return [Math.max(at - index, -input.buckets), Math.min(succeeded, 2), Math.min(failed, 2)];
        });
        const leftMs = Math.max((breakerDeadlineMs(context) ?? now) - now, 0);
        return { value, phase: now % 2, window, leftMs, probe: probe !== null, reopens: Math.min(reopens, 2) };
      },
    });
    expect(paths).toBeGreaterThan(20);
    expect(steps).toBeGreaterThan(paths * 20);
  });

  it('is seen whole', () => {
    console.log(coverage.table());
    expect(coverage.missed()).toEqual([]);
  });
});

describe('breaker: any story', () => {
  const settings = fc.record({
    windowMs: fc.integer({ min: 10, max: 100 }),
    buckets: fc.integer({ min: 1, max: 10 }),
    volume: fc.integer({ min: 1, max: 6 }),
    failureRatio: fc.constantFrom(0.25, 0.5, 1),
    failureCount: fc.integer({ min: 1, max: 8 }),
    resetMs: fc.integer({ min: 1, max: 50 }),
    reopenFactor: fc.constantFrom(1, 1.5, 2),
    reopenMaxMs: fc.integer({ min: 50, max: 200 }),
    probeMs: fc.integer({ min: 1, max: 30 }),
  });
  const move = fc.record({
    kind: fc.constantFrom('ask', 'ask', 'ask', 'succeed', 'fail', 'fail', 'ignore', 'lose', 'pass'),
    afterMs: fc.oneof({ weight: 4, arbitrary: fc.nat(8) }, { weight: 1, arbitrary: fc.integer({ min: -50, max: 80 }) }),
    nth: fc.nat(20),
  });

  /** The same promise written plainly: a list of every result with its time, and one deadline. */
  class PlainBreaker {
    state: 'closed' | 'open' | 'halfOpen' = 'closed';
    private now = 0;
    private era = 0;
    private results: { readonly at: number; readonly failed: boolean }[] = [];
    private until = 0;
    private probe: string | undefined;
    private failedProbes = 0;
    private readonly settings: BreakerInput;

    constructor(input: BreakerInput) {
      this.settings = input;
    }

    at(now: number): void {
      this.now = Math.max(this.now, now);
      if (this.state === 'halfOpen' && this.probe !== undefined && this.now >= this.until) this.reopen();
    }

    passed(): void {
      if (this.state === 'open' && this.now >= this.until) this.turn('halfOpen');
    }

    ask(id: string): number | undefined {
      this.passed();
      if (this.state === 'open' || this.probe !== undefined) return undefined;
      if (this.state === 'halfOpen') {
        this.probe = id;
        this.until = this.now + this.settings.probeMs;
      }
      return this.era;
    }

    end(outcome: Outcome, id: string, era: number): void {
      if (era !== this.era) return;
      if (this.state === 'closed' && outcome !== 'ignored') this.count(outcome === 'failed');
      if (this.state !== 'halfOpen' || id !== this.probe) return;
      if (outcome === 'ignored') this.probe = undefined;
      else if (outcome === 'failed') this.reopen();
      else {
        this.failedProbes = 0;
        this.turn('closed');
      }
    }

    lose(era: number): void {
      if (this.state === 'halfOpen' && era === this.era && this.probe !== undefined) this.reopen();
    }

    private count(failed: boolean): void {
      const { windowMs, buckets, volume, failureRatio = 2, failureCount = Infinity } = this.settings;
      this.results.push({ at: this.now, failed });
      const part = (at: number): number => Math.floor((at * buckets) / windowMs);
      const calls = this.results.filter(({ at }) => part(this.now) - part(at) < buckets);
      const failures = calls.filter((call) => call.failed).length;
      if (!failed || calls.length < volume) return;
      if (failures / calls.length >= failureRatio || failures >= failureCount) this.open();
    }

    private reopen(): void {
      this.failedProbes += 1;
      this.open();
    }

    private open(): void {
      const { resetMs, reopenFactor, reopenMaxMs } = this.settings;
      this.until = this.now + Math.min(reopenMaxMs, resetMs * reopenFactor ** this.failedProbes);
      this.turn('open');
    }

    private turn(state: 'closed' | 'open' | 'halfOpen'): void {
      this.state = state;
      this.era += 1;
      this.probe = undefined;
      this.results = [];
    }
  }

  it('answers every call as a plain model does, and lets at most one probe through', () => {
    fc.assert(
      fc.property(settings, fc.array(move, { maxLength: 120 }), (input, story) => {
        const breaker = new Breaker(input);
        const model = new PlainBreaker(input);
        const out: { readonly id: string; readonly generation: number }[] = [];
        let probes: string[] = [];
        let now = 0;
        for (const [index, { kind, afterMs, nth }] of story.entries()) {
          now += afterMs;
          const wasOpen = model.state === 'open';
          model.at(now);
          const call = out[nth % Math.max(out.length, 1)];
          if (kind === 'ask') {
            const id = `c${index}`;
            const reopened = !wasOpen && model.state === 'open';
            const expected = reopened ? undefined : model.ask(id);
            const allowed = breaker.ask(now, id);
            expect(allowed?.generation).toBe(expected);
            if (allowed !== undefined) out.push(allowed);
            if (allowed !== undefined && breaker.value === 'halfOpen') probes.push(id);
          } else if (kind === 'pass') {
            if (wasOpen) model.passed();
            breaker.send(passed(now));
          } else if (call !== undefined && kind === 'lose') {
            model.lose(call.generation);
            breaker.send(lost(call.generation, now));
          } else if (call !== undefined) {
            const outcome = kind === 'succeed' ? 'succeeded' : kind === 'fail' ? 'failed' : 'ignored';
            model.end(outcome, call.id, call.generation);
            breaker.send(ended(outcome, call.id, call.generation, now));
            if (outcome === 'ignored') probes = probes.filter((id) => id !== call.id);
          } else breaker.send(passed(breaker.context.now - 1));
          // A step without a call to end is nothing but time for both.
          if (kind !== 'ask' && kind !== 'pass' && call === undefined) breaker.send(passed(now));
          if (breaker.value !== 'halfOpen') probes = [];
          expect(probes.length).toBeLessThanOrEqual(1);
          if (call !== undefined || kind === 'ask' || kind === 'pass') expect(breaker.value).toBe(model.state);
        }
      }),
      { numRuns: 500 },
    );
  });
});
