// Time and cancellation: deadlines only shrink, an end above reaches every hop below once, what comes late is
// discarded and counted, and work that does not listen holds nobody up for ever.

import { describe, expect, test } from 'vitest';
import { agent, defineTopology, director, type Duration, orchestrator, type Topology } from 'troupe';
import { failureOf, Gate, runtimeKit, solo, untilAborted } from './runtime-kit.ts';

type Loose<Type extends string> = Topology<{ [T in Type]: { input: unknown; output: unknown } }>;

/** main delegates to `first`, which delegates to `second`; each signal is recorded as it is aborted. */
function chain(
  aborted: string[],
  options: { readonly first?: Duration; readonly second?: Duration } = {},
): Loose<'chain'> {
  const hear = (name: string, signal: AbortSignal): void => {
    signal.addEventListener('abort', () => aborted.push(name));
  };
  return defineTopology({
    name: 'chain',
    orchestrators: {
      main: orchestrator({
        run: (_task, ctx) => {
          hear('main', ctx.signal);
          return ctx.delegate('first', null);
        },
        directors: {
          team: director({
            agents: {
              first: agent({
                ...(options.first === undefined ? {} : { timeout: options.first }),
                delegatesTo: '../second',
                run: (_task, ctx) => {
                  hear('first', ctx.signal);
                  return ctx.delegate('second', { input: null, timeout: '1h' });
                },
              }),
              second: agent({
                ...(options.second === undefined ? {} : { timeout: options.second }),
                run: (_task, ctx) => {
                  hear('second', ctx.signal);
                  return untilAborted(ctx.signal);
                },
              }),
            },
          }),
        },
      }),
    },
  }) as never;
}

describe('deadlines', () => {
  test('D10 when the parent is out of time, every descendant is aborted within 100 ms', async () => {
    const aborted: string[] = [];
    const { runtime, advance, settle } = await runtimeKit(chain(aborted));
    const run = await runtime.submit({ type: 'chain', input: null }, { timeout: '2s' });
    await settle();
    await advance(1_999);
    expect(aborted).toEqual([]);
    await advance(100);
    expect(aborted.toSorted()).toEqual(['first', 'main', 'second']);
    expect(await failureOf(run.result())).toMatchObject({
      code: 'TASK_TIMEOUT',
      details: { at: 'main', timeoutMs: 2_000 },
    });
    expect(run.state).toBe('timedOut');
    await runtime.stop();
  });

  test('D09 a hop never has more time than its parent, whatever it asks for', async () => {
    const aborted: string[] = [];
    const { runtime, advance, settle } = await runtimeKit(chain(aborted, { first: '5s', second: '1h' }));
    const run = await runtime.submit({ type: 'chain', input: null }, { timeout: '1h' });
    await settle();
    await advance(4_999);
    expect(aborted).toEqual([]);
    await advance(1);
    expect(aborted.toSorted()).toEqual(['first', 'second']);
    expect(await failureOf(run.result())).toMatchObject({
      code: 'TASK_TIMEOUT',
      details: { at: 'main/team/first', timeoutMs: 5_000 },
    });
    await runtime.stop();
  });

  test('a task is out of time in the queue, too, and never starts', async () => {
    const started: unknown[] = [];
    const { runtime, advance, settle } = await runtimeKit(
      solo(
        agent({
          run: ({ input }, ctx) => {
            started.push(input);
            return untilAborted(ctx.signal);
          },
        }),
      ),
    );
    await runtime.submit({ type: 'work', input: 'first' }, { timeout: '10s' });
    const second = await runtime.submit({ type: 'work', input: 'second' }, { timeout: '1s' });
    await settle();
    await advance(1_000);
    expect(second.state).toBe('timedOut');
    await advance(20_000);
    expect(started).toEqual(['first']);
    await runtime.stop();
  });

  test.each(['0ms', '-1s', 'soon', Number.NaN])('a time-out of %s is refused', async (timeout) => {
    const { runtime } = await runtimeKit(solo(agent({ run: () => 1 })));
    expect(await failureOf(runtime.submit({ type: 'work', input: null }, { timeout: timeout as '1s' }))).toMatchObject({
      code: 'INVALID_OPTION',
    });
    await runtime.stop();
  });
});

describe('D11 cancellation', () => {
  test('reaches each hop once, with the reason', async () => {
    const aborted: string[] = [];
    const { runtime, settle, events } = await runtimeKit(chain(aborted));
    const run = await runtime.submit({ type: 'chain', input: null });
    await settle();
    await run.cancel('no longer needed');
    await settle();
    expect(aborted.toSorted()).toEqual(['first', 'main', 'second']);
    expect(await failureOf(run.result())).toMatchObject({
      code: 'TASK_CANCELLED',
      details: { reason: 'no longer needed' },
    });
    expect(run.state).toBe('cancelled');
    const told = events.flatMap((happened) =>
      happened.type === 'run.event' && happened.event.type === 'cancelled' ? [happened.event.address] : [],
    );
    expect(told.toSorted()).toEqual(['main', 'main/team', 'main/team/first', 'main/team/second']);
    await runtime.stop();
  });

  test('twice, after the end and before the start of the work: harmless', async () => {
    const started: unknown[] = [];
    const { runtime, settle } = await runtimeKit(
      solo(
        agent({
          run: ({ input }, ctx) => {
            started.push(input);
            return input === 'stay' ? untilAborted(ctx.signal) : input;
          },
        }),
      ),
    );
    const stays = await runtime.submit({ type: 'work', input: 'stay' });
    const waits = await runtime.submit({ type: 'work', input: 'waits' });
    await settle();
    await Promise.all([waits.cancel('one'), waits.cancel('two')]);
    await Promise.all([stays.cancel(), stays.cancel()]);
    await settle();
    await stays.cancel();
    const early = await runtime.submit({ type: 'work', input: 'early' });
    await early.cancel('at once');
    await settle();
    expect(started).toEqual(['stay']);
    expect([stays.state, waits.state, early.state]).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(await failureOf(waits.result())).toMatchObject({ details: { reason: 'one' } });
    const after = await runtime.submit({ type: 'work', input: 'after' });
    await settle();
    expect(await after.result()).toBe('after');
    await after.cancel();
    expect(after.state).toBe('done');
    await runtime.stop();
  });

  test('a result that comes too late is discarded and counted', async () => {
    const gate = new Gate<string>();
    const { runtime, settle, events } = await runtimeKit(solo(agent({ run: () => gate.promise })));
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    await run.cancel();
    await settle();
    gate.open('too late');
    await settle();
    expect(await failureOf(run.result())).toMatchObject({ code: 'TASK_CANCELLED' });
    expect(events.filter(({ type }) => type === 'delegation.late')).toMatchObject([
      { address: 'main/team/work', task: run.id },
    ]);
    const next = await runtime.submit({ type: 'work', input: null });
    await settle();
    expect(await next.result()).toBe('too late');
    await runtime.stop();
  });

  test('a generator ends at its next yield and is closed', async () => {
    const gate = new Gate();
    const steps: string[] = [];
    const { runtime, settle } = await runtimeKit(
      solo(
        agent({
          run: async function* () {
            try {
              steps.push('one');
              await gate.promise;
              yield 1;
              steps.push('two');
            } finally {
              steps.push('closed');
            }
          },
        }),
      ),
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    await run.cancel();
    await settle();
    gate.open();
    await settle();
    expect(steps).toEqual(['one', 'closed']);
    await runtime.stop();
  });

  test('work that ignores its signal holds its agent up for the grace and no longer', async () => {
    const gate = new Gate<string>();
    const started: unknown[] = [];
    const { runtime, settle, advance, events } = await runtimeKit(
      solo(
        agent({
          shutdown: '2s',
          run: ({ input }) => {
            started.push(input);
            return input === 'deaf' ? gate.promise : input;
          },
        }),
      ),
    );
    const deaf = await runtime.submit({ type: 'work', input: 'deaf' });
    await settle();
    await deaf.cancel();
    const next = await runtime.submit({ type: 'work', input: 'next' });
    await advance(1_999);
    expect(started).toEqual(['deaf']);
    await advance(1);
    expect(await next.result()).toBe('next');
    gate.open('at last');
    await settle();
    expect(events.filter(({ type }) => type === 'delegation.late')).toHaveLength(1);
    await runtime.stop();
  });
});

describe('D14 a fan-out in code', () => {
  const wide = (policy: 'cancel' | 'collect', aborted: unknown[]): Loose<'wide'> =>
    defineTopology({
      name: 'wide',
      orchestrators: {
        main: orchestrator({
          run: async (_task, ctx) => {
            const inputs = Array.from({ length: 100 }, (_, index) => index);
            if (policy === 'cancel') return ctx.fanOut('work', inputs, { inFlight: 100 });
            const outcomes = await ctx.fanOut('work', inputs, { inFlight: 100, onError: 'collect' });
            return outcomes.filter(({ status }) => status === 'rejected').length;
          },
          directors: {
            team: director({
              agents: {
                work: agent({
                  instances: 10,
                  run: ({ input }, ctx) => {
                    if (Number(input) % 10 === 9) throw new Error(`no ${String(input)}`);
                    if (policy === 'collect') return input;
                    ctx.signal.addEventListener('abort', () => aborted.push(input));
                    return untilAborted(ctx.signal);
                  },
                }),
              },
            }),
          },
        }),
      },
    }) as never;

  test('the first error cancels the rest', async () => {
    const aborted: unknown[] = [];
    const { runtime, settle } = await runtimeKit(wide('cancel', aborted));
    const run = await runtime.submit({ type: 'wide', input: null });
    await settle();
    expect(await failureOf(run.result())).toMatchObject({ cause: { message: 'no 9' } });
    expect(aborted).toHaveLength(9 + 1); // nine that ran beside it, and the one that took its place
    await runtime.stop();
  });

  test('or all are collected', async () => {
    const { runtime, settle } = await runtimeKit(wide('collect', []));
    const run = await runtime.submit({ type: 'wide', input: null });
    await settle();
    expect(await run.result()).toBe(10);
    await runtime.stop();
  });
});
