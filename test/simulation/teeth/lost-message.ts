// A post office so small that a lost letter has few places to hide: a clerk hands letters on to a box, which is out of
// order now and then, and both are durable. What was posted and known to be kept lies in the box in the end, however
// often the process dies.

import { agent, defineTopology, director, effect, type Effect, orchestrator, type Runtime } from 'troupe';
import { type Chance, simulationOptions } from 'troupe/testing';
import { fromTransition } from 'xstate';

type Emitted = { readonly emit: (wanted: Effect) => void };
type Letter = { readonly type: 'letter'; readonly nth: number };

/** Hands on what it gets. */
const clerk = fromTransition((handed: number, letter: Letter, { emit: wants }: Emitted) => {
  wants(effect.tell('box', letter));
  return handed + 1;
}, 0);

/** Keeps the letters, and answers which it has; letters wait while it is out of order. */
const box = fromTransition(
  (letters: readonly number[], event: Letter | { readonly type: 'letters' | 'jam' }, { emit: wants }: Emitted) => {
    if (event.type === 'letter') return [...letters, event.nth];
    if (event.type === 'jam') throw new Error('the box is jammed');
    wants(effect.reply({ type: 'letters', letters }));
    return letters;
  },
  [],
);

/** The post office; the actors that matter are spawned beside its one agent. */
export const office = defineTopology({
  name: 'post-office',
  orchestrators: {
    main: orchestrator({ directors: { hall: director({ agents: { stamp: agent({ run: () => 'stamped' }) } }) } }),
  },
});

/** How many letters were posted, and which are known to be kept. */
interface Ledger {
  posted: number;
  readonly kept: Set<number>;
}
type At = { readonly runtime: Runtime<typeof office>; readonly ledger: Ledger };

export default simulationOptions(office, {
  logics: { clerk, box },
  ledger: (): Ledger => ({ posted: 0, kept: new Set() }),
  begin: ({ runtime }: At) => {
    runtime.spawn(clerk, { id: 'clerk', durable: true });
    runtime.spawn(box, {
      id: 'box',
      durable: true,
      restart: { maxRestarts: 1_000, within: '1s', backoff: { initial: '5s' } },
    });
  },
  operations: {
    'post a letter': async ({ runtime, ledger }: At & Chance) => {
      const nth = ledger.posted;
      ledger.posted += 1;
      runtime.actor('clerk')?.tell({ type: 'letter', nth });
      await runtime.committed();
      ledger.kept.add(nth);
    },
    'jam the box': ({ runtime }: At) => {
      runtime.actor('box')?.tell({ type: 'jam' });
    },
  },
  settled: {
    'every letter arrives once': async ({ runtime, ledger }: At) => {
      const ref = runtime.actor('box');
      if (ref === undefined) throw new Error('the box is not there');
      const { letters } = (await ref.ask({ type: 'letters' })) as unknown as { readonly letters: readonly number[] };
      for (let nth = 0; nth < ledger.posted; nth++) {
        const count = letters.filter((each) => each === nth).length;
        if (count > 1 || (count === 0 && ledger.kept.has(nth)))
          throw new Error(`letter ${nth} is there ${count} times`);
      }
    },
  },
});
