// How a runtime is looked at: XState inspection, its log, its events. Whoever looks can't harm it.

import { createInspector } from '@statelyai/inspect';
import { type Logger, pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import { agent, fail } from 'troupe';
import { runtimeKit, solo } from './runtime-kit.ts';

describe('inspection', () => {
  test('a function hears of every actor, its events and its snapshots', async () => {
    const seen: { readonly type: string; readonly actorRef: { readonly id: string } }[] = [];
    const { runtime, settle } = await runtimeKit(solo(agent({ run: () => 1 })), {
      inspect: (event) => seen.push(event as never),
    });
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    expect(run.state).toBe('done');
    const of = (type: string): string[] => [
      ...new Set(seen.filter((event) => event.type === type).map(({ actorRef }) => actorRef.id)),
    ];
    for (const type of ['@xstate.actor', '@xstate.event', '@xstate.snapshot']) {
      expect(of(type)).toEqual(expect.arrayContaining(['main', 'main/team', 'main/team/work']));
    }
    await runtime.stop();
  });

  test('the observer of @statelyai/inspect works unchanged', async () => {
    const sent: {
      readonly type: string;
      readonly sessionId: string;
      readonly name?: string;
      readonly definition?: string;
    }[] = [];
    const inspector = createInspector({ send: (event) => sent.push(JSON.parse(JSON.stringify(event)) as never) });
    const { runtime, settle } = await runtimeKit(solo(agent({ run: () => 1 })), {
      inspect: inspector.inspect as never,
    });
    await runtime.submit({ type: 'work', input: null });
    await settle();
    const actors = sent.filter(({ type }) => type === '@xstate.actor');
    expect(actors.map(({ name }) => name)).toEqual(expect.arrayContaining(['main', 'main/team', 'main/team/work']));
    expect(actors.find(({ name }) => name === 'main/team/work')?.definition).toContain('backingOff');
    expect(new Set(actors.map(({ sessionId }) => sessionId)).size).toBe(actors.length);
    expect(sent.some(({ type }) => type === '@xstate.snapshot')).toBe(true);
    await runtime.stop();
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('blind');
      },
    ],
    ['has no next', {}],
  ])('an inspector that %s harms nobody', async (_what, inspect) => {
    const { runtime, settle } = await runtimeKit(solo(agent({ run: () => 1 })), { inspect: inspect as never });
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    expect(run.state).toBe('done');
    await runtime.stop();
  });
});

describe('the log', () => {
  const controls = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
  const evil = 'x\n{"level":60,"msg":"forged"}\r\u001b[2J\u009b31m\u2028\u202e';

  function logging(): {
    readonly raw: string[];
    readonly lines: () => Record<string, unknown>[];
    readonly log: Logger;
  } {
    const raw: string[] = [];
    const log: Logger = pino({ level: 'trace' }, { write: (line: string) => raw.push(line) });
    return { raw, log, lines: () => raw.map((line) => JSON.parse(line) as Record<string, unknown>) };
  }

  test('tells the life of a run with addresses and the id of the run on every line', async () => {
    const { log, lines } = logging();
    const { runtime, settle } = await runtimeKit(
      solo(
        agent({
          run: () => {
            throw new Error('lost');
          },
        }),
      ),
      { log },
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    const ofRun = lines().filter((line) => line['run'] === run.id);
    expect(ofRun[0]).toMatchObject({ msg: 'run accepted', taskType: 'work' });
    expect(ofRun.find(({ msg }) => msg === 'task failed')).toMatchObject({
      level: 40,
      actor: 'main/team/work',
      task: run.id,
      code: 'TASK_FAILED',
    });
    expect(ofRun.at(-1)).toMatchObject({
      msg: 'run ended',
      state: 'failed',
      error: expect.stringContaining('lost') as unknown,
    });
    await runtime.stop();
    expect(lines().map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['runtime.started', 'runtime.stopping', 'runtime.stopped']),
    );
  });

  test('B16 nothing that comes from outside can write a line of its own', async () => {
    const { raw, log } = logging();
    const machine = setup({
      types: { events: {} as { type: 'task.assigned'; id: string } | { type: 'crash' } },
    }).createMachine({
      on: {
        'task.assigned': {
          actions: [
            fail(({ event }) => event.id, new Error(evil)),
            ({ self }) => {
              self.system._logger(evil);
            },
          ],
        },
        crash: {
          actions: () => {
            throw new Error(evil);
          },
        },
      },
    });
    const { runtime, settle, advance } = await runtimeKit(solo(agent({ machine })), { log });
    await runtime.submit({ type: 'work', input: null });
    await settle();
    runtime.actor('main/team/work')?.tell({ type: 'crash' });
    await settle();
    await advance(10_000);
    runtime.actor('main/team')?.tell({ type: evil });
    const gone = runtime.spawn(setup({}).createMachine({}), { id: 'gone' });
    await gone.stop();
    gone.tell({ type: evil });
    runtime.events.on('runtime.stopped', () => {
      throw new Error(evil);
    });
    await settle();
    const stopping = runtime.stop();
    await settle();
    await stopping;
    const text = raw.join('');
    expect(text).toContain('forged'); // it was told
    for (const line of raw) {
      expect(line.trimEnd()).not.toMatch(controls);
      const { msg } = JSON.parse(line, (_key, value: unknown) => {
        if (typeof value === 'string') expect(value).not.toMatch(controls);
        return value;
      }) as { msg: string };
      expect(msg).not.toBe('forged');
    }
  });

  test('a logger that throws harms nobody', async () => {
    const log: Logger = pino({
      level: 'trace',
      hooks: {
        logMethod() {
          throw new Error('no paper');
        },
      },
    });
    const { runtime, settle } = await runtimeKit(
      solo(
        agent({
          run: () => {
            throw new Error('lost');
          },
        }),
      ),
      { log },
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    expect(run.state).toBe('failed');
    await runtime.stop();
  });
});

describe('events', () => {
  test('come by type, until the listener leaves; one that throws harms nobody', async () => {
    const { runtime, settle } = await runtimeKit(solo(agent({ run: () => 1 })));
    const ended: string[] = [];
    runtime.events.on(() => {
      throw new Error('deaf');
    });
    const leave = runtime.events.on('run.ended', ({ run, state }) => ended.push(`${run} ${state}`));
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    leave();
    await runtime.submit({ type: 'work', input: null });
    await settle();
    expect(ended).toEqual([`${run.id} done`]);
    await runtime.stop();
  });
});
