// X02: actors come and go, a hundred thousand of them, and leave nothing behind: no actor, no timer, no memory.

import { createRuntime, effect } from 'troupe';
import { fromTransition } from 'xstate';
import { house } from '../simulation/house.ts';
import { heap, type Part } from './part.ts';

const greeting = fromTransition((heard: number, _event: { readonly type: string }, { emit }) => {
  emit(effect.schedule('later', { type: 'later' }, 60_000));
  return heard + 1;
}, 0);

const atOnce = 100;
/** What a process may keep of a hundred thousand actors that are gone: caches and tables that have grown. */
const left_bytes = 5_000_000;

/** X02. */
export async function churn(actors: number): Promise<Part> {
  await using runtime = await createRuntime(house);
  await runtime.start();
  const before = runtime.actors().length;
  const round = async (): Promise<void> => {
    const refs = Array.from({ length: atOnce }, (_, n) => runtime.spawn(greeting, { id: `guest-${n}` }));
    for (const ref of refs) ref.tell({ type: 'hello' });
    await Promise.all(refs.map((ref) => ref.stop()));
    // Stops are promises alone; without a turn of the event loop nothing else in the process would get one either.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  };
  for (let warm = 0; warm < 50; warm++) await round();
  const begun = heap();
  for (let done = 0; done < actors; done += atOnce) await round();
  const grown = heap() - begun;
  const after = runtime.actors().length;
  return {
    id: 'X02',
    passed: after === before && grown < left_bytes,
    found: `${actors} actors spawned and stopped: ${after - before} left over, heap ${(grown / 1_000_000).toFixed(1)} MB larger`,
  };
}
