// No forgery: a chain cannot be removed, reordered, inserted or copied by an agent, and nobody settles what is not its.

import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { type Message, player } from './players.ts';
import { refusals, relay, submit, worker } from './tasks.ts';

describe('D05 no forgery', () => {
  test('a chain in the task, its input or its options is ignored, from an actor and from outside', async () => {
    const kit = kernelKit();
    const { kernel } = kit;
    const forged = { type: 'work', chain: [], parent: undefined, within: undefined, input: { chain: [] } };
    kernel.spawn(
      player((message, emit) => {
        if (message.type === 'task.assigned') emit(effect.delegate('b', forged, { chain: [] } as object));
      }),
      { id: 'a' },
    );
    kernel.spawn(relay('a'), { id: 'b' });
    kernel.delegate({ to: 'a', task: { ...forged, chain: ['b'] } as never, within: undefined });
    await kit.settle();
    expect(refusals(kit)).toEqual([{ from: 'b', to: 'a', code: 'DELEGATION_CYCLE' }]);
  });

  test("a hop copied from another actor's task, a made-up one and one that has ended are refused and audited", async () => {
    const kit = kernelKit();
    const { kernel } = kit;
    const ids: string[] = [];
    kernel.spawn(worker('w'), { id: 'w' });
    kernel.spawn(
      player((message) => {
        if (message.type === 'task.assigned') ids.push(message.id as string);
      }),
      { id: 'victim' },
    );
    kernel.spawn(
      player((message, emit) => {
        if (message.type === 'task.assigned') {
          emit(effect.complete(message.id as string, 1));
          emit(effect.delegate('w', { type: 'after the end' }, { for: message.id as string }));
        } else if (message.type === 'go') {
          emit(effect.delegate('w', { type: 'copied' }, { for: ids[0] ?? '' }));
          emit(effect.delegate('w', { type: 'made up' }, { for: 'task-1' }));
        }
      }),
      { id: 'thief' },
    );
    submit(kit, 'victim');
    submit(kit, 'thief');
    await kit.settle();
    kernel.lookup('thief')?.tell({ type: 'go' });
    await kit.settle();
    expect(refusals(kit)).toEqual([1, 2, 3].map(() => ({ from: 'thief', to: 'w', code: 'DELEGATION_FORGED' })));
  });

  test("a removed hop: an actor with several tasks can't delegate without saying for which", async () => {
    const kit = kernelKit();
    const { kernel } = kit;
    kernel.spawn(worker('w'), { id: 'w' });
    kernel.spawn(
      player((message, emit) => {
        if (message.type === 'go')
          emit(effect.delegate('w', { type: 'work' }, message.for === undefined ? {} : { for: message.for as string }));
      }),
      { id: 'a' },
    );
    const ref = kernel.lookup('a');
    const ids = [1, 2].map(() => kernel.delegate({ to: 'a', task: { type: 'work' }, within: undefined }).id);
    ref?.tell({ type: 'go' });
    await kit.settle();
    expect(refusals(kit)).toEqual([{ from: 'a', to: 'w', code: 'INVALID_OPTION' }]);
    ref?.tell({ type: 'go', for: ids[1] });
    await kit.settle();
    expect(refusals(kit)).toHaveLength(1);
  });

  test('nobody can settle what was not assigned to it, nor tell an actor so', async () => {
    const kit = kernelKit();
    const { kernel, events } = kit;
    const heard: Message[] = [];
    kernel.spawn(
      player((message) => {
        heard.push(message);
      }),
      { id: 'victim' },
    );
    const outcomes = submit(kit, 'victim');
    await kit.settle();
    const { id } = heard[0] as unknown as { readonly id: string };
    kernel
      .spawn(
        player((_message, emit) => {
          emit(effect.complete(id, 'forged'));
          emit(effect.fail(id, 'forged'));
          emit(effect.cancelDelegation(id, 'forged'));
          for (const type of [
            'task.cancelled',
            'task.assigned',
            'delegation.done',
            'delegation.failed',
            'actor.terminated',
          ]) {
            emit(effect.tell('victim', { type, id }));
          }
        }),
        { id: 'forger' },
      )
      .tell({ type: 'go' });
    await kit.settle();
    expect(outcomes).toEqual([]);
    expect(heard).toHaveLength(1);
    expect(kernel.delegations.late).toBe(2);
    expect(events.filter(({ type }) => type === 'effect.refused')).toHaveLength(5);
  });

  test('what an agent gets to see holds nothing to forge with: its id, task, priority and the time', async () => {
    const kit = kernelKit();
    const heard: Message[] = [];
    kit.kernel.spawn(worker('w', heard), { id: 'a' });
    submit(kit, 'a');
    await kit.settle();
    expect(Object.keys(heard[0] ?? {}).toSorted()).toEqual(['id', 'now', 'priority', 'task', 'type']);
  });
});
