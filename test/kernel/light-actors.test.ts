// Logic that is only a transition runs without an XState actor until it asks for one. Nobody may be able to tell: what
// it sees of itself, what it emits and how it ends are the same with an inspector, which makes every actor a real one.

import { describe, expect, test } from 'vitest';
import { type AnyActorRef, type AnyActorScope, fromTransition } from 'xstate';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';

interface Note {
  readonly type: string;
}

describe.each([
  ['light', undefined],
  ['inspected', () => {}],
])('%s', (_name, inspect) => {
  test('an actor that asks for itself in a turn gets one that is in its state, and stays in step', async () => {
    const { kernel, settle } = kernelKit({ inspect });
    let self: AnyActorRef | undefined;
    const seen: unknown[] = [];
    const logic = fromTransition((count: number, event: Note, scope) => {
      if (event.type === 'look') {
        self = scope.self;
        seen.push(scope.self.getSnapshot().context);
      }
      return count + 1;
    }, 0);
    const ref = kernel.spawn(logic, { id: 'a' });
    for (const type of ['count', 'look', 'count']) ref.tell({ type });
    await settle();
    expect(seen).toEqual([1]);
    expect((ref.snapshot() as unknown as { context: number }).context).toBe(3);
    expect(self?.getSnapshot()).toMatchObject({ status: 'active', context: 3 });
    self?.send({ type: 'count' });
    await settle();
    expect(self?.getSnapshot()).toMatchObject({ context: 4 });
    expect(ref.snapshot()).toMatchObject({ context: 4 });
  });

  test('what it emits beside that is carried out, however emit was taken', async () => {
    const { kernel, settle } = kernelKit({ inspect });
    const heard: unknown[] = [];
    kernel.spawn(
      fromTransition((_state, event: Note) => void heard.push(event.type), undefined),
      { id: 'sink' },
    );
    const logic = fromTransition((state: number, _event: Note, scope: AnyActorScope) => {
      const { emit } = scope;
      emit(effect.tell('sink', { type: 'taken' }));
      expect(scope.self.id).toBe('a');
      scope.emit(effect.tell('sink', { type: 'kept' }));
      emit(effect.tell('sink', { type: 'again' }));
      return state + 1;
    }, 0);
    kernel.spawn(logic, { id: 'a' }).tell({ type: 'go' });
    await settle();
    expect(heard).toEqual(['taken', 'kept', 'again']);
  });

  test('what it emits after its turn, through its scope, is its own', async () => {
    const { kernel, settle } = kernelKit({ inspect });
    const heard: unknown[] = [];
    kernel.spawn(
      fromTransition((_state, event: Note) => void heard.push(event.type), undefined),
      { id: 'sink' },
    );
    const logic = fromTransition((state: number, _event: Note, scope: AnyActorScope) => {
      void Promise.resolve().then(() => scope.emit(effect.tell('sink', { type: 'later' })));
      return state;
    }, 0);
    kernel.spawn(logic, { id: 'a' }).tell({ type: 'go' });
    await settle();
    expect(heard).toEqual(['later']);
  });

  test('a crash after it asked for itself restarts it afresh, and nothing of that turn goes out', async () => {
    const { kernel, settle, advance, seen } = kernelKit({ inspect });
    const heard: unknown[] = [];
    kernel.spawn(
      fromTransition((_state, event: Note) => void heard.push(event.type), undefined),
      { id: 'sink' },
    );
    const logic = fromTransition((count: number, event: Note, scope: AnyActorScope) => {
      if (event.type !== 'boom') return count + 1;
      scope.emit(effect.tell('sink', { type: `from ${scope.self.id}` }));
      throw new Error('boom');
    }, 0);
    const ref = kernel.spawn(logic, { id: 'a', restart: { maxRestarts: 5 } });
    for (const type of ['count', 'boom']) ref.tell({ type });
    await settle();
    await advance(5_000);
    ref.tell({ type: 'count' });
    await settle();
    expect(seen('actor.crashed')).toEqual(['a', 'a', 'a']);
    expect(heard).toEqual([]);
    expect(ref.snapshot()).toMatchObject({ context: 1 });
  });

  test('what it puts off runs after its step', async () => {
    const { kernel, settle } = kernelKit({ inspect });
    const order: string[] = [];
    const logic = fromTransition((state: number, _event: Note, scope: AnyActorScope) => {
      scope.defer(() => order.push('deferred'));
      order.push('step');
      return state + 1;
    }, 0);
    kernel.spawn(logic, { id: 'a' }).tell({ type: 'go' });
    await settle();
    expect(order).toEqual(['step', 'deferred']);
  });

  test('it is asked nothing about its own end', async () => {
    const { kernel, settle } = kernelKit({ inspect });
    const heard: string[] = [];
    const logic = fromTransition((state: number, event: Note) => {
      heard.push(event.type);
      return state;
    }, 0);
    const ref = kernel.spawn(logic, { id: 'a' });
    ref.tell({ type: 'go' });
    await settle();
    await ref.stop();
    expect(heard).toEqual(['go']);
  });
});

test('a scope that outlives its actor says so instead of acting for the next one', async () => {
  const { kernel, settle } = kernelKit();
  let kept: AnyActorScope | undefined;
  const logic = fromTransition((state: number, _event: Note, scope: AnyActorScope) => {
    kept = scope;
    return state;
  }, 0);
  const ref = kernel.spawn(logic, { id: 'a' });
  ref.tell({ type: 'go' });
  await settle();
  await ref.stop();
  expect(() => kept?.self).toThrow("'a' has ended");
});
