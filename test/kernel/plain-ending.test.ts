// An actor that ends with nothing open is nobody's failure, so nothing is made of it that only failures need. An error
// takes a stack, which costs ten times what the whole life of a small actor does.

import { expect, test, vi } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { listener, player } from './players.ts';

const made = vi.hoisted(() => [] as string[]);

vi.mock(import('../../src/base/troupe-error.ts'), async (original) => {
  const module = await original();
  const TroupeError = new Proxy(module.TroupeError, {
    construct(target, parts, newTarget): object {
      made.push(newTarget.name);
      return Reflect.construct(target, parts, newTarget) as object;
    },
  });
  return { ...module, TroupeError };
});

test('no error is made of an actor that ends by itself or is stopped', async () => {
  const { kernel, settle } = kernelKit();
  const { logic } = listener();
  const ending = kernel.spawn(
    player((_message, emit) => {
      emit(effect.stopSelf());
    }),
    { id: 'ending' },
  );
  const stopped = kernel.spawn(logic, { id: 'stopped' });
  ending.tell({ type: 'go' });
  stopped.tell({ type: 'word' });
  await settle();
  await stopped.stop();
  expect([kernel.lookup('ending'), kernel.lookup('stopped')]).toEqual([undefined, undefined]);
  expect(made).toEqual([]);
  // The count is real: whoever asks somebody who is gone gets an error.
  await expect(stopped.ask({ type: 'word' })).rejects.toMatchObject({ code: 'DEAD_LETTER' });
  expect(made).toEqual(['DeadLetterError']);
});
