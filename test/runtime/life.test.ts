// A runtime's life: start, stop, drain, and what happens when an actor of it, or its root, does not survive.

import { describe, expect, test } from 'vitest';
import { fromCallback, fromTransition, setup } from 'xstate';
import { agent, createRuntime, defineTopology, director, effect, orchestrator, reply, type Topology } from 'troupe';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { failureOf, Gate, runtimeKit, solo, untilAborted } from './runtime-kit.ts';

type Loose<Type extends string> = Topology<{ [T in Type]: { input: unknown; output: unknown } }>;

describe('start and stop', () => {
  test('each once: a second start is refused, a second stop is the first', async () => {
    const { runtime, settle } = await runtimeKit(solo(agent({ run: () => 1 })));
    expect(runtime.phase).toBe('started');
    expect(await failureOf(runtime.start())).toMatchObject({ code: 'INVALID_OPTION' });
    const stopped = runtime.stop();
    expect(runtime.stop()).toBe(stopped);
    await settle();
    await stopped;
    expect(runtime.phase).toBe('stopped');
    expect(runtime.actors()).toEqual([]);
    expect(await failureOf(runtime.start())).toMatchObject({ code: 'INVALID_OPTION' });
  });

  test('a task before the start is refused, one after the stop is refused differently', async () => {
    const topology = solo(agent({ run: () => 1 }));
    const runtime = await createRuntime(topology, { clock: new VirtualClock() });
    expect(await failureOf(runtime.submit({ type: 'work', input: null }))).toMatchObject({ code: 'INVALID_OPTION' });
    const starting = runtime.start();
    const early = failureOf(runtime.submit({ type: 'work', input: null }));
    await starting;
    expect((await early).code).toBe('INVALID_OPTION');
    await runtime.stop();
    expect(await failureOf(runtime.submit({ type: 'work', input: null }))).toMatchObject({
      code: 'SHUTTING_DOWN',
      retryable: true,
    });
    expect(() =>
      runtime.spawn(
        fromTransition((state: number) => state, 0),
        { id: 'late' },
      ),
    ).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }) as Error);
  });

  test('something that is no topology is refused', async () => {
    for (const given of [undefined, null, {}, 'audit', { name: 'x' }]) {
      expect(await failureOf(createRuntime(given as never))).toMatchObject({ code: 'INVALID_OPTION' });
    }
  });

  test('a runtime that was never started can be stopped', async () => {
    const runtime = await createRuntime(solo(agent({ run: () => 1 })));
    await runtime.stop();
    expect(runtime.phase).toBe('stopped');
  });

  test('a start that fails names the actor, and nothing is left', async () => {
    const broken = setup({}).createMachine({
      context: () => {
        throw new Error('no context');
      },
    });
    const runtime = await createRuntime(
      defineTopology({
        name: 'broken',
        orchestrators: {
          main: orchestrator({
            directors: {
              team: director({ agents: { good: agent({ run: () => 1 }), bad: agent({ machine: broken }) } }),
            },
          }),
        },
      }),
      { clock: new VirtualClock() },
    );
    expect(await failureOf(runtime.start())).toMatchObject({
      code: 'START_FAILED',
      details: { address: 'main/team/bad' },
      cause: { message: 'no context' },
    });
    expect(runtime.phase).toBe('stopped');
    expect(runtime.actors()).toEqual([]);
  });

  test('`await using` stops it', async () => {
    let kept: { readonly phase: string } | undefined;
    {
      await using runtime = await createRuntime(solo(agent({ run: () => 1 })));
      await runtime.start();
      kept = runtime;
      expect(await runtime.run({ type: 'work', input: null })).toBe(1);
    }
    expect(kept.phase).toBe('stopped');
  });

  test('a stop cancels open runs and waits for their work to come back', async () => {
    const gate = new Gate();
    const { runtime, settle, advance } = await runtimeKit(solo(agent({ run: () => gate.promise })));
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    let stopped = false;
    const stopping = runtime.stop().then(() => {
      stopped = true;
    });
    await advance(1_000);
    expect(await failureOf(run.result())).toMatchObject({
      code: 'TASK_CANCELLED',
      details: { reason: 'the runtime is stopping' },
    });
    expect(stopped).toBe(false);
    gate.open();
    await settle();
    await stopping;
  });

  test('work that never comes back holds a stop up for its shutdown time only', async () => {
    const { runtime, settle, advance, clock } = await runtimeKit(
      solo(agent({ shutdown: '3s', run: () => new Promise(() => {}) })),
    );
    await runtime.submit({ type: 'work', input: null });
    await settle();
    const stopping = runtime.stop();
    await advance(3_000);
    await stopping;
    expect(clock.now()).toBe(3_000);
    expect(clock.pendingTimers).toBe(0);
  });

  test('a stop that drains lets open runs end and takes no new ones', async () => {
    const gate = new Gate<string>();
    const { runtime, settle } = await runtimeKit(solo(agent({ run: () => gate.promise })));
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    const stopping = runtime.stop({ drain: '10s' });
    expect(await failureOf(runtime.submit({ type: 'work', input: null }))).toMatchObject({ code: 'SHUTTING_DOWN' });
    gate.open('finished');
    await settle();
    await stopping;
    expect(await run.result()).toBe('finished');
  });

  test('a drain gives up after its time', async () => {
    const { runtime, settle, advance } = await runtimeKit(
      solo(agent({ run: (_task, ctx) => untilAborted(ctx.signal) })),
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    const stopping = runtime.stop({ drain: '10s' });
    await advance(9_999);
    expect(run.state).toBe('running');
    await advance(1);
    await stopping;
    expect(run.state).toBe('cancelled');
  });
});

/** A machine that crashes on `crash` and takes tasks without ever ending them. */
const brittle = setup({
  types: { events: {} as { type: 'crash' } | { type: 'task.assigned'; id: string } },
}).createMachine({
  on: {
    crash: {
      actions: () => {
        throw new Error('it broke');
      },
    },
  },
});

describe('actors that crash', () => {
  test('while a task runs: its requester is told once, the agent is back, the next task is done', async () => {
    const machine = setup({
      types: { events: {} as { type: 'crash' } | { type: 'task.assigned'; id: string; task: { input: unknown } } },
    }).createMachine({
      on: {
        crash: {
          actions: () => {
            throw new Error('it broke');
          },
        },
        'task.assigned': [
          { guard: ({ event }) => event.task.input === 'hold' },
          { actions: reply(() => ({ type: 'task.done', output: 'ok' }) as { type: string }) },
        ],
      },
    });
    const { runtime, settle, advance, events } = await runtimeKit(solo(agent({ machine })));
    const run = await runtime.submit({ type: 'work', input: 'hold' });
    await settle();
    runtime.actor('main/team/work')?.tell({ type: 'crash' });
    await settle();
    expect(await failureOf(run.result())).toMatchObject({
      code: 'TASK_FAILED',
      details: { at: 'main/team/work' },
      cause: { message: 'it broke' },
    });
    const next = await runtime.submit({ type: 'work', input: 'go' });
    await settle();
    expect(next.state).toBe('queued');
    await advance(1_000);
    expect(await next.result()).toBe('ok');
    const way = events.flatMap((happened) =>
      happened.type === 'run.event' && happened.event.run === next.id
        ? [`${happened.event.address} ${happened.event.type}`]
        : [],
    );
    expect(way).toEqual(['main queued', 'main dispatched', 'main/team queued', 'main/team dispatched']);
    await runtime.stop();
  });

  test('a director sends no task to an agent that is down, and goes on when it is back', async () => {
    const { runtime, settle, advance, events } = await runtimeKit(solo(agent({ machine: brittle })));
    runtime.actor('main/team/work')?.tell({ type: 'crash' });
    await settle();
    await runtime.submit({ type: 'work', input: null });
    await settle();
    const dispatched = () =>
      events.filter(
        (happened) =>
          happened.type === 'run.event' &&
          happened.event.type === 'dispatched' &&
          happened.event.to === 'main/team/work',
      ).length;
    expect(dispatched()).toBe(0);
    await advance(1_000);
    expect(dispatched()).toBe(1);
    void runtime.stop();
  });

  test('of a pool, the instances that are up get the tasks, however busy they are', async () => {
    const machine = setup({
      types: { events: {} as { type: 'crash' } | { type: 'task.assigned'; id: string; task: { input: unknown } } },
    }).createMachine({
      on: {
        crash: {
          actions: () => {
            throw new Error('it broke');
          },
        },
        'task.assigned': [
          { guard: ({ event }) => event.task.input === 'hold' },
          { actions: reply(() => ({ type: 'task.done', output: 'ok' }) as { type: string }) },
        ],
      },
    });
    const { runtime, settle } = await runtimeKit(solo(agent({ machine, instances: 3 })));
    runtime.actor('main/team/work:0')?.tell({ type: 'crash' });
    await settle();
    const states: string[] = [];
    for (const input of ['hold', 'hold', 'go', 'go', 'go', 'go']) {
      const run = await runtime.submit({ type: 'work', input });
      await settle();
      states.push(run.state);
    }
    expect(states.slice(2)).toEqual(['done', 'done', 'done', 'done']);
    void runtime.stop();
  });

  test('a task for an agent that is gone for good fails at once', async () => {
    const { runtime, settle } = await runtimeKit(solo(agent({ machine: brittle, child: 'temporary' })));
    runtime.actor('main/team/work')?.tell({ type: 'crash' });
    await settle();
    expect(runtime.actor('main/team/work')).toBeUndefined();
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    expect(await failureOf(run.result())).toMatchObject({ code: 'TASK_FAILED', cause: { code: 'ACTOR_NOT_FOUND' } });
    await runtime.stop();
  });

  test('a bystander of a restart fails its tasks at once, those that wait too, and works again', async () => {
    const aborted: unknown[] = [];
    const { runtime, settle, advance } = await runtimeKit(
      defineTopology({
        name: 'group',
        orchestrators: {
          main: orchestrator({
            directors: {
              team: director({
                restart: { strategy: 'one-for-all' },
                agents: {
                  work: agent({
                    run: ({ input }, ctx) => {
                      if (input === 'quick') return 'quick';
                      ctx.signal.addEventListener('abort', () => aborted.push(input));
                      return untilAborted(ctx.signal);
                    },
                  }),
                  fragile: agent({ machine: brittle }),
                },
              }),
            },
          }),
        },
      }) as unknown as Loose<'work'>,
    );
    const run = await runtime.submit({ type: 'work', input: 'long' });
    await settle();
    runtime.actor('main/team/fragile')?.tell({ type: 'crash' });
    await settle();
    await advance(1_000);
    expect(aborted).toEqual(['long']);
    expect(await failureOf(run.result())).toMatchObject({
      code: 'TASK_FAILED',
      details: { at: 'main/team/work' },
      cause: { code: 'ACTOR_RESTARTING' },
    });
    const next = await runtime.submit({ type: 'work', input: 'quick' });
    await settle();
    expect(await next.result()).toBe('quick');
    await runtime.stop();
  });

  test('a director that is restarted with its group fails what it had passed on', async () => {
    const { runtime, settle, advance } = await runtimeKit(
      defineTopology({
        name: 'directors',
        orchestrators: {
          main: orchestrator({
            restart: { strategy: 'one-for-all' },
            directors: {
              steady: director({ agents: { work: agent({ run: (_task, ctx) => untilAborted(ctx.signal) }) } }),
              shaky: director({ machine: brittle, agents: { other: agent({ run: () => 1 }) } }),
            },
          }),
        },
      }) as unknown as Loose<'work'>,
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    runtime.actor('main/shaky')?.tell({ type: 'crash' });
    await settle();
    await advance(1_000);
    expect(await failureOf(run.result())).toMatchObject({ code: 'TASK_FAILED', cause: { code: 'ACTOR_RESTARTING' } });
    await runtime.stop();
  });

  test('S14 when the root gives up, the runtime stops by itself and says why', async () => {
    const { runtime, settle, advance, events } = await runtimeKit(
      defineTopology({
        name: 'fatal',
        restart: { maxRestarts: 0 },
        orchestrators: {
          main: orchestrator({
            restart: { maxRestarts: 0 },
            directors: {
              team: director({ restart: { maxRestarts: 0 }, agents: { work: agent({ machine: brittle }) } }),
            },
          }),
        },
      }) as unknown as Loose<'work'>,
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    runtime.actor('main/team/work')?.tell({ type: 'crash' });
    await settle();
    await advance(60_000);
    expect(runtime.phase).toBe('stopped');
    expect(runtime.fatalError).toMatchObject({ code: 'RESTART_LIMIT' });
    expect(events.filter(({ type }) => type === 'kernel.fatal')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'runtime.stopped')).toHaveLength(1);
    expect(run.isOver).toBe(true);
    expect(await failureOf(runtime.submit({ type: 'work', input: null }))).toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});

describe('actors of a runtime', () => {
  test('are listed, found by address and supervised', async () => {
    const { runtime } = await runtimeKit(solo(agent({ instances: 2, run: () => 1 })));
    expect(runtime.actors().map(({ address }) => address)).toEqual([
      'main',
      'main/team',
      'main/team/work:0',
      'main/team/work:1',
    ]);
    expect(runtime.actor('main/team')?.address).toBe('main/team');
    expect(runtime.actor('main/team/work')?.address).toMatch(/^main\/team\/work:[01]$/);
    expect(runtime.actor('nobody')).toBeUndefined();
    expect(runtime.supervisor().countChildren()).toEqual({ specs: 1, active: 1 });
    expect(
      runtime
        .supervisor('main/team')
        .whichChildren()
        .map(({ id }) => id),
    ).toEqual(['work:0', 'work:1']);
    expect(() => runtime.supervisor('nobody')).toThrow(expect.objectContaining({ code: 'ACTOR_NOT_FOUND' }) as Error);
    await runtime.stop();
  });

  test('can be spawned, at the top or under another, and are told, asked and stopped', async () => {
    const { runtime, settle } = await runtimeKit(solo(agent({ run: () => 1 })));
    const counter = fromTransition((count: number, event: { type: 'add'; by: number } | { type: 'read' }, { emit }) => {
      if (event.type === 'add') return count + event.by;
      emit(effect.reply({ type: 'count', count }));
      return count;
    }, 0);
    const ref = runtime.spawn(counter, { id: 'counter' });
    ref.tell({ type: 'add', by: 5 });
    // @ts-expect-error the events of a ref are those of its logic
    ref.tell({ type: 'sub', by: 5 });
    const asked = ref.ask({ type: 'read' });
    await settle();
    expect(await asked).toEqual({ type: 'count', count: 5 });
    expect(ref.snapshot()?.context).toBe(5);
    const child = runtime.spawn(counter, { id: 'below', parent: 'main/team' });
    expect(child.address).toBe('main/team/below');
    expect(() => runtime.spawn(counter, { id: 'counter' })).toThrow(
      expect.objectContaining({ code: 'ACTOR_EXISTS' }) as Error,
    );
    expect(() => runtime.spawn(counter, { id: 'x', parent: 'nobody' })).toThrow(
      expect.objectContaining({ code: 'ACTOR_NOT_FOUND' }) as Error,
    );
    await ref.stop();
    expect(runtime.actor('counter')).toBeUndefined();
    await runtime.stop();
  });

  test('what cannot be delivered is a dead letter', async () => {
    const { runtime, settle } = await runtimeKit(solo(agent({ run: () => 1 })));
    const ref = runtime.spawn(
      fromCallback(() => {}),
      { id: 'short' },
    );
    await ref.stop();
    expect(ref.tell({ type: 'hello' })).toBe(false);
    await settle();
    expect(runtime.deadLetters()).toMatchObject([{ to: 'short', event: { type: 'hello' }, reason: 'actor stopped' }]);
    await runtime.stop();
  });

  test('topics reach listeners until they leave', async () => {
    const { runtime } = await runtimeKit(solo(agent({ run: () => 1 })));
    const heard: unknown[] = [];
    const leave = runtime.subscribe('news', (event) => heard.push(event));
    runtime.publish('news', { type: 'one' });
    leave();
    runtime.publish('news', { type: 'two' });
    expect(heard).toEqual([{ type: 'one' }]);
    await runtime.stop();
  });
});
