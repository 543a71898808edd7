// Machines with time and invoked actors are performed by the real runtime, on virtual time: every path at times that
// let its timers fire where it says, and paths that no times make happen are left out and counted.

import { describe, expect, test } from 'vitest';
import { createMachine, emit, fromCallback } from 'xstate';
import { modelTests } from '../../src/testing/index.ts';
import { timetable } from '../../src/testing/timetable.ts';
import type { ModelStep } from '../../src/testing/watched.ts';
import { fetcher, signals } from './timed-machines.ts';

describe('machines with time, performed by the runtime', () => {
  test('nested timers and an invoked actor', async () => {
    const tests = modelTests(fetcher, {
      abstract: ({ context }) => context.tries,
      allow: ['failed on always [guard] to idle'],
    });
    const report = await tests.run();
    expect(report.failures.map(String)).toEqual([]);
    expect(report).toMatchObject({ passed: true, coverage: { states: { percent: 100 } } });
    expect(tests.tests.map(({ name }) => name)).toContain(
      'reaches failed after go > invoke.failed loader > timer.elapsed backoff > timer.elapsed 300 ms > timer.elapsed budget',
    );
  });

  test('a timer ends with its state: nothing elapses that nobody waits for', () => {
    const tests = modelTests(fetcher, {
      abstract: ({ context }) => context.tries,
      coverage: { states: 0, transitions: 0 },
    });
    expect(tests.tests.filter(({ name }) => /ignores .*(timer|invoke)/.test(name))).toEqual([]);
  });

  test('parallel timers: what can not happen in time is left out', async () => {
    const tests = modelTests(signals, { abstract: () => ({}) });
    const report = await tests.run();
    expect(report.failures.map(String)).toEqual([]);
    expect(report.impossible).toBeGreaterThan(0);
    expect(report).toMatchObject({
      passed: true,
      coverage: { states: { percent: 100 }, transitions: { percent: 100 } },
    });
  });

  test('simple paths visit no state twice', async () => {
    const ways = { abstract: ({ context }: { readonly context: { readonly tries: number } }) => context.tries > 0 };
    const allow = ['failed on always [guard] to idle'];
    const simple = modelTests(fetcher, { ...ways, allow, paths: 'simple', coverage: { states: 0, transitions: 0 } });
    expect(simple.tests.length).toBeGreaterThan(modelTests(fetcher, { ...ways, allow }).tests.length);
    expect((await simple.run()).failures.map(String)).toEqual([]);
  });

  test('logic that is invoked inline never runs, and what it answers is said by events', async () => {
    let ran = 0;
    const machine = createMachine({
      id: 'ear',
      initial: 'listens',
      states: {
        listens: {
          invoke: {
            src: fromCallback(() => {
              ran += 1;
            }),
            id: 'radio',
            onSnapshot: { actions: emit({ type: 'crackle' }) },
            onDone: [{ guard: ({ event }) => event.output === 'music', target: 'dances' }, { target: 'sleeps' }],
          },
        },
        dances: { type: 'final' },
        sleeps: { type: 'final' },
      },
    });
    const events = [
      { type: 'invoke.done', id: 'radio', output: 'music' },
      { type: 'invoke.done', id: 'radio', output: 'noise' },
    ] as const;
    const tests = modelTests(machine, { events });
    expect(tests.tests.map(({ name }) => name)).toContain('reaches dances after invoke.done radio output=music');
    const report = await tests.run();
    expect(report.failures.map(String)).toEqual([]);
    expect(report).toMatchObject({ passed: true, coverage: { guards: { percent: 100 } } });
    expect(report.findings.map(({ message }) => message)).toEqual([
      'invoke.failed radio in listens is not handled: the machine ends with the error, and its supervisor restarts it.',
    ]);
    expect(ran).toBe(0);
  });

  test('steps that a machine takes by itself stand in the names', () => {
    const machine = createMachine({
      id: 'door',
      initial: 'shut',
      states: { shut: { on: { open: 'moving' } }, moving: { always: { target: 'ajar' } }, ajar: { type: 'final' } },
    });
    expect(modelTests(machine).tests[0]?.name).toBe('reaches ajar after open, always to ajar');
  });
});

describe('the timetable of a story', () => {
  const timer = (id: string, delayMs: number) => ({ id, kind: 'timer', name: id, delayMs }) as const;
  /** A step that begins and ends timers. */
  const step = (
    type: string | undefined,
    begun: readonly (readonly [string, number])[],
    ended: readonly string[] = [],
  ): ModelStep =>
    ({
      event: type === undefined ? undefined : { type },
      begun: begun.map(([id, ms]) => timer(id, ms)),
      ended,
      after: { waits: new Map(begun.map(([id, ms]) => [id, timer(id, ms)])) },
    }) as unknown as ModelStep;

  test('a timer fires its delay after it was set', () => {
    expect(timetable([step(undefined, [['a', 50]]), step('go', []), step('a', [], ['a'])])).toEqual([0, 0, 50]);
  });

  test('an event waits so that a shorter timer fires after a longer one', () => {
    expect(
      timetable([
        step(undefined, [['long', 50]]),
        step('go', [['short', 10]]),
        step('long', [], ['long']),
        step('short', [], ['short']),
      ]),
    ).toEqual([0, 40 + 1 / 1_024, 50, 50 + 1 / 1_024]);
  });

  test('two timers set at once can not fire in the other order', () => {
    expect(
      timetable([
        step(undefined, [
          ['long', 50],
          ['short', 10],
        ]),
        step('long', [], ['long']),
      ]),
    ).toBeUndefined();
  });

  test('a timer that is cancelled has not been due', () => {
    expect(
      timetable([
        step(undefined, [
          ['a', 5],
          ['b', 9],
        ]),
        step('b', [], ['b', 'a']),
      ]),
    ).toBeUndefined();
    expect(timetable([step(undefined, [['a', 5]]), step('go', [], ['a'])])).toEqual([0, 0]);
  });
});
