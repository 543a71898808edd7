// What tests of the roster share: actors that set timers and end when they are told to, and processes that know how many
// actors they know of.

import { fromTransition } from 'xstate';
import { effect } from '../../src/kernel/effects.ts';
import type { KernelParts } from '../../src/kernel/parts.ts';
import { summing } from './gated-store.ts';
import type { Emit, Message } from './players.ts';
import { type Machine, machine, type Process } from './restart-kit.ts';

export const top = { durable: true, passivateAfter: '1s' } as const;
export const contextOf = (snapshot: unknown): unknown =>
  (snapshot as { readonly context?: unknown } | undefined)?.context;

/** Counts; sets itself a timer, and takes it back, when it is told to. */
const ticking = fromTransition((count: number, { type, ms }: Message, { emit }: { readonly emit: Emit }) => {
  if (type === 'set') emit(effect.schedule('tick', { type: 'tick' }, ms as number));
  if (type === 'clear') emit(effect.cancelSchedule('tick'));
  if (type === 'end') emit(effect.stopSelf());
  if (type === 'bear') emit(effect.spawnActor('ticking', { id: 'child', durable: true }));
  return count + 1;
}, 0);
export const logics = { ticking, counter: summing() };

export const marks = ({ store }: Machine): readonly string[] => [...store.keys('wakeful/')].map((key) => key.slice(8));

/** A process, and how many actors it knows of that are not in memory. */
export function booted(on: Machine, downMs = 0, named: object = logics): Process & { readonly noted: () => number } {
  let parts: KernelParts | undefined;
  const process = on.boot({ logics: named as typeof logics, onAssembled: (each) => (parts = each) }, downMs);
  return { ...process, noted: () => parts?.registry.passiveSize ?? -1 };
}

/** A machine on which so many actors have been spawned, handled a message each, and were cut off. */
export async function peopled(count: number, on = machine()): Promise<Machine> {
  const { kernel, settle } = on.boot({ logics });
  for (let n = 0; n < count; n++) kernel.spawn('ticking', { ...top, id: `a${n}` }).tell({ type: 'n' });
  await settle();
  return on;
}
