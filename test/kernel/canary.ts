// Whether a kernel has survived what a test did to it.

import { effect } from '../../src/kernel/effects.ts';
import type { KernelKit } from './kernel-kit.ts';
import { player } from './players.ts';

/** Whether the kernel still does its work: an actor answers, and a timer fires. */
export async function isAlive({ kernel, settle }: KernelKit): Promise<boolean> {
  const asked = kernel
    .spawn(
      player((_message, emit) => {
        emit(effect.reply({ type: 'alive' }));
      }),
      { id: 'canary' },
    )
    .ask({ type: 'hello' });
  await settle();
  return (await asked).type === 'alive';
}
