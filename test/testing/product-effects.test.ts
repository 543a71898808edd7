// What machines want comes about in a product as it does in the runtime: each effect, seen from where the actors come to
// rest in every order that there is.

import { describe, expect, test } from 'vitest';
import { type AnyStateMachine, assign, emit, type EventObject, setup } from 'xstate';
import {
  cancelDelegation,
  cancelSchedule,
  complete,
  delegate,
  effect,
  publish,
  reply,
  schedule,
  spawnActor,
  stash,
  stopActor,
  stopSelf,
  subscribe,
  tell,
  unstash,
  unsubscribe,
  watch,
} from '../../src/index.ts';
import type { AnyProductOptions } from '../../src/testing/product/options.ts';
import { productModel } from '../../src/testing/product/product-model.ts';

/** A machine that remembers what it has heard, and does what it is told to on the way. */
function listener(on: Readonly<Record<string, object>> = {}, entry: readonly object[] = []): AnyStateMachine {
  const heard = assign({ heard: ({ context, event }) => [...(context as { heard: string[] }).heard, textOf(event)] });
  const types = [
    'a',
    'b',
    'task.assigned',
    'task.cancelled',
    'delegation.done',
    'delegation.failed',
    'actor.terminated',
  ];
  const transitions = [...new Set([...types, ...Object.keys(on)])].map((type) => [
    type,
    { actions: [heard, ...[on[type] ?? []].flat()] },
  ]);
  return setup({}).createMachine({
    context: { heard: [] },
    entry: entry as never,
    on: Object.fromEntries(transitions) as never,
  });
}

function textOf(event: { readonly type: string; readonly error?: { readonly code?: string } }): string {
  return [event.type, event.error?.code].filter((part) => part !== undefined).join(' ');
}

/** What an actor may have heard when nothing more can happen: every way there is. */
function heardBy(name: string, actors: Record<string, AnyStateMachine>, options: AnyProductOptions): string[] {
  const found = new Set<string>();
  const last = 'told at the end';
  const invariants: AnyProductOptions['invariants'] = {
    [last]: ({ actor, messages, tasks }) => {
      const context = actor(name)?.snapshot.context as { heard: string[] } | undefined;
      if (messages.length === 0 && tasks.length === 0) found.add(context?.heard.join(', ') ?? '');
    },
  };
  productModel({ actors }, { ...options, invariants } as never).check();
  const all = [...found];
  return all.filter((each) => !all.some((other) => other !== each && other.startsWith(each))).toSorted();
}

const effectOf = (wanted: EventObject) => emit(wanted) as unknown as object;

const says = (to: string, ...types: string[]) => types.map((type) => ({ to, event: { type } }));

describe('messages', () => {
  test('order is kept for one sender, and different senders interleave', () => {
    const both = [tell('ear', { type: 'a' }), tell('ear', { type: 'b' })];
    const actors = { one: listener({ go: both }), two: listener({ go: tell('ear', { type: 'a' }) }), ear: listener() };
    expect(heardBy('ear', actors, { environment: says('one', 'go') })).toEqual(['a, b']);
    expect(heardBy('ear', actors, { environment: [...says('one', 'go'), ...says('two', 'go')] })).toEqual([
      'a, a, b',
      'a, b, a',
    ]);
  });

  test('a reply goes to who told, a topic to who subscribes', () => {
    const actors = {
      asker: listener({ go: tell('other', { type: 'ask' }) }),
      other: listener({ ask: reply({ type: 'a' }) }),
    };
    expect(heardBy('asker', actors, { environment: says('asker', 'go') })).toEqual(['go, a']);
    const news = publish('news', { type: 'a' });
    const paper = {
      press: listener({ go: news }),
      in: listener({}, [subscribe('news')]),
      out: listener({}, [subscribe('news'), unsubscribe('news')]),
    };
    expect(heardBy('in', paper, { environment: says('press', 'go') })).toEqual(['a']);
    expect(heardBy('out', paper, { environment: says('press', 'go') })).toEqual(['']);
  });

  test('what is put aside comes back before what waits', () => {
    const machine = setup({ types: { context: {} as { heard: string[] } } }).createMachine({
      context: { heard: [] },
      initial: 'shut',
      states: {
        shut: { on: { first: { actions: stash() }, go: { target: 'open', actions: unstash() } } },
        open: {
          on: {
            '*': {
              actions: assign({ heard: ({ context, event }) => [...context.heard, event.type] }),
            },
          },
        },
      },
    });
    const source = listener({
      start: [tell('door', { type: 'first' }), tell('door', { type: 'go' }), tell('door', { type: 'b' })],
    });
    expect(heardBy('door', { door: machine, source }, { environment: says('source', 'start') })).toEqual(['first, b']);
  });

  test('what is scheduled is due later or is called off', () => {
    const twice = [schedule('later', { type: 'a' }, 10), schedule('later', { type: 'b' }, 10)];
    expect(heardBy('self', { self: listener({ go: twice }) }, { environment: says('self', 'go') })).toEqual(['go, b']);
    const inTurn = [schedule('soon', { type: 'a' }, 10), schedule('later', { type: 'b' }, 20)];
    expect(heardBy('self', { self: listener({ go: inTurn }) }, { environment: says('self', 'go') })).toEqual([
      'go, a, b',
    ]);
    const off = { go: twice, stop: cancelSchedule('later') };
    expect(heardBy('self', { self: listener(off) }, { environment: says('self', 'go', 'stop') })).toContain('go, stop');
  });

  test('what is told elsewhere is forgotten', () => {
    const actors = { one: listener({ go: tell('log', { type: 'a' }) }) };
    expect(heardBy('one', actors, { environment: says('one', 'go'), elsewhere: ['log'] })).toEqual(['go']);
    expect(() => heardBy('one', actors, { environment: says('one', 'go') })).toThrow(
      /lost: one tells 'log' a, and there is no such actor/,
    );
  });
});

const job = { id: 'j', type: 'job' };

describe('tasks', () => {
  test('a task comes back as done or failed, or is called off at both ends', () => {
    const boss = listener({ go: delegate('worker', job) });
    const worker = listener({ 'task.assigned': complete('j', 'fine') });
    expect(heardBy('boss', { boss, worker }, { environment: says('boss', 'go') })).toEqual(['go, delegation.done']);
    const agents = { worker: [{ done: 1 }, { failed: new Error('no') }] };
    expect(heardBy('boss', { boss }, { environment: says('boss', 'go'), agents })).toEqual([
      'go, delegation.done',
      'go, delegation.failed TASK_FAILED',
    ]);
    const fickle = listener({ go: delegate('worker', job), 'task.assigned': {}, a: cancelDelegation('j', 'enough') });
    const actors = { boss: fickle, worker: listener({ 'task.assigned': tell('boss', { type: 'a' }) }) };
    expect(heardBy('boss', actors, { environment: says('boss', 'go') })).toEqual([
      'go, a, delegation.failed TASK_CANCELLED',
    ]);
    expect(heardBy('worker', actors, { environment: says('boss', 'go') })).toEqual(['task.assigned, task.cancelled']);
  });

  test('the time of a task ends what was delegated for it', () => {
    const outer = listener({ 'task.assigned': delegate('inner', { id: 'k', type: 'job' }, { for: 'j' }) });
    const environment = [{ to: 'outer', task: job, canTimeOut: true }];
    expect(heardBy('inner', { outer, inner: listener() }, { environment })).toEqual([
      'task.assigned, task.cancelled',
      'task.cancelled, task.assigned',
    ]);
  });

  test('a chain that comes back to somebody in it is refused', () => {
    const one = listener({
      'task.assigned': delegate('two', { id: 'k', type: 'job' }),
      'delegation.failed': complete('j', 'never mind'),
    });
    const two = listener({
      'task.assigned': delegate('one', { id: 'l', type: 'job' }),
      'delegation.failed': effectOf(effect.fail('k', new Error('no'))),
    });
    const environment = [{ to: 'one', task: job }];
    expect(heardBy('two', { one, two }, { environment })).toEqual([
      'task.assigned, delegation.failed DELEGATION_CYCLE',
    ]);
  });

  test('nothing more is delegated on behalf of a task that was called off', () => {
    const outer = listener({ 'task.assigned': tell('self', { type: 'a' }) });
    const self = listener({ a: delegate('inner', { id: 'k', type: 'job' }) });
    const environment = [{ to: 'outer', task: job, canTimeOut: true }];
    const invariants: AnyProductOptions['invariants'] = {
      'k is part of j': ({ tasks }) => {
        const open = tasks.map(({ id }) => id);
        if (open.includes('k') && !open.includes('j')) throw new Error('k goes on without j');
      },
    };
    const options = { environment, invariants, agents: { inner: [{ done: 1 }] }, allow: ['unsettled'] as const };
    expect(productModel({ actors: { outer, self } }, options).check().search.complete).toBe(true);
  });

  test('a full mailbox fails the task that it turns away', () => {
    const boss = listener({ go: delegate('worker', job) });
    const environment = says('boss', 'go');
    const agents = { worker: [{ done: 1 }] };
    expect(heardBy('boss', { boss }, { environment, agents, overloads: 1 })).toContain(
      'go, delegation.failed MAILBOX_FULL',
    );
  });
});

describe('lives', () => {
  const child = listener({ end: stopSelf() });

  test('a child is spawned, told and stopped, and who watches it hears of its end once', () => {
    const parent = listener({
      go: [spawnActor(child, { id: 'kid' }), watch('./kid'), tell('./kid', { type: 'end' })],
      hard: stopActor('kid'),
    });
    expect(heardBy('parent', { parent }, { environment: says('parent', 'go') })).toEqual(['go, actor.terminated']);
    expect(heardBy('parent', { parent }, { environment: says('parent', 'go', 'hard') })).toEqual(
      expect.arrayContaining(['go, hard, actor.terminated', 'go, actor.terminated, hard']),
    );
  });

  test('a crash keeps the mailbox, fails what was begun and calls off what was delegated', () => {
    const both = [tell('ear', { type: 'a' }), tell('ear', { type: 'b' })];
    const actors = { source: listener({ go: both }), ear: listener() };
    expect(heardBy('ear', actors, { environment: says('source', 'go'), crashes: 1 })).toEqual(['a, b', 'b']);
    const boss = listener({ go: delegate('worker', job) });
    const options = { environment: says('boss', 'go'), crashes: 1, allow: ['deadlock'] as const };
    const worker = listener();
    expect(heardBy('boss', { boss, worker }, options)).toEqual([
      'delegation.failed TASK_CANCELLED',
      'go, delegation.failed TASK_FAILED',
    ]);
    expect(heardBy('worker', { boss, worker }, options)).toContain('task.assigned, task.cancelled');
  });

  test('a child that crashed with its parent comes back with it', () => {
    const parent = listener({ go: tell('./kid', { type: 'a' }) });
    const actors = { parent, 'parent/kid': listener() };
    expect(heardBy('parent/kid', actors, { environment: says('parent', 'go'), crashes: 1 })).toEqual(['a']);
  });
});
