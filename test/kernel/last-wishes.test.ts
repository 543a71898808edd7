// What an actor wants in the turn in which it ends, and what durable actors hear of the ends of others: nothing of it
// outlives them, and nothing is told twice.

import { fromTransition } from 'xstate';
import type { EventObject } from 'xstate';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { effect } from '../../src/kernel/effects.ts';
import type { SpawnOptions } from '../../src/kernel/spec.ts';
import { faultyStore } from '../../src/store/faulty.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { kernelKit } from './kernel-kit.ts';
import { listener, type Message, player } from './players.ts';

describe('what an actor wants after stopSelf in the same turn', () => {
  test('messages are sent; timers, topics and watches end with it', async () => {
    const { kernel, settle, advance } = kernelKit();
    const { logic, heard } = listener();
    kernel.spawn(logic, { id: 'ear' });
    const ref = kernel.spawn(
      player((_message, emit) => {
        emit(effect.stopSelf());
        emit(effect.tell('ear', { type: 'last words' }));
        emit(effect.schedule('s', { type: 'late' }, 1_000));
        emit(effect.subscribe('news'));
        emit(effect.watch('ear'));
      }),
      { id: 'a' },
    );
    ref.tell({ type: 'go' });
    await settle();
    expect(heard.map(({ type }) => type)).toEqual(['last words']);
    expect(kernel.lookup('a')).toBeUndefined();
    expect(kernel.timers.pending).toBe(0);
    expect([...kernel.topics.subscribers('news')]).toEqual([]);
    await advance(2_000);
    expect(kernel.deadLetters.list()).toEqual([]);
  });

  test('one that is started again begins without them', async () => {
    const { kernel, settle, advance } = kernelKit();
    const lives = player((message, emit) => {
      if (message.type !== 'go') return;
      emit(effect.stopSelf());
      emit(effect.schedule('s', { type: 'late' }, 1_000));
    });
    kernel.spawn(lives, { id: 'a', child: 'permanent' }).tell({ type: 'go' });
    await settle();
    await advance(500);
    expect(kernel.lookup('a')).toBeDefined();
    expect(kernel.timers.pending).toBe(0);
  });
});

describe('M15 a durable watcher is told of an end once', () => {
  const watcher = fromTransition((seen: readonly string[], event: Message, { emit }) => {
    if (event.type === 'watch') emit(effect.watch('target'));
    return event.type === 'actor.terminated'
      ? [...seen, String((event as EventObject & { reason?: string }).reason)]
      : seen;
  }, []);

  async function watched(store: (clock: VirtualClock) => Store, options: Pick<SpawnOptions, 'passivateAfter'> = {}) {
    const clock = new VirtualClock();
    const { kernel } = kernelKit({ clock, store: store(clock), logics: { watcher } });
    const started = kernel.start([], () => {});
    await clock.settle();
    await started;
    const target = kernel.spawn(player(), { id: 'target' });
    const ref = kernel.spawn(watcher, { id: 'w', durable: true, ...options });
    ref.tell({ type: 'watch' });
    await clock.settle();
    await clock.advance(3_000);
    void target.stop();
    await clock.settle();
    await clock.advance(60_000);
    return ref.snapshot();
  }

  test('when it has left memory meanwhile', async () => {
    expect(await watched(memoryStore, { passivateAfter: '1s' })).toMatchObject({ context: ['shutdown'] });
  });

  test.each([1, 2, 3, 4])(
    'when a turn could not be kept, such as the one in which it heard it (commit %i)',
    async (nth) => {
      const failing = (clock: VirtualClock): Store =>
        faultyStore(memoryStore(clock), { commits: new Map([[nth, { type: 'error', code: 'EIO' }]]) }, clock);
      expect(await watched(failing)).toMatchObject({ context: ['shutdown'] });
    },
  );
});
