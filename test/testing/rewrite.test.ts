// A machine whose time and actors have become events does what the machine itself does under XState's own clock: random
// stories of events, elapsing timers and ending actors lead both to the same states, contexts and emitted events.

import { createTestModel } from '@xstate/graph';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
  createActor,
  fromPromise,
  SimulatedClock,
} from 'xstate';
import { explicitTime } from '../../src/testing/index.ts';
import { type Wait, waitBegins, waitEnds, withActors } from '../../src/testing/rewrite.ts';
import { waitEndedBy } from '../../src/testing/watched.ts';
import { fetcher, signals, standing } from './timed-machines.ts';

/** The machine itself, on XState's simulated clock, with invoked actors that end when they are told. */
function original(machine: AnyStateMachine) {
  const clock = new SimulatedClock();
  const endings = new Map<string, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  const stand = fromPromise(
    ({ self }) =>
      new Promise((resolve, reject) => {
        endings.set(self.id, { resolve, reject });
      }),
  );
  const actor = createActor(withActors(machine, stand), { clock });
  const emitted: string[] = [];
  actor.on('*', (event: AnyEventObject) => emitted.push(event.type));
  actor.subscribe({ error: () => undefined });
  actor.start();
  return { clock, endings, actor, emitted };
}

/** The rewriting, in which the test itself lets timers elapse. */
class Rewritten {
  readonly emitted: string[] = [];
  now = 0;
  readonly #due = new Map<string, { at: number; order: number }>();
  #order = 0;
  readonly actor: AnyActorRef & { getSnapshot(): { value: unknown; context: unknown; status: string } };
  readonly invoked = new Set<string>();

  constructor(machine: AnyStateMachine) {
    const begins = (_: unknown, wait: Wait): void => {
      if (wait.kind === 'invoke') this.invoked.add(wait.id);
      else this.#due.set(wait.id, { at: this.now + (wait.delayMs ?? 0), order: this.#order++ });
    };
    const ends = (_: unknown, { id }: { id: string }): void => {
      this.#due.delete(id);
      this.invoked.delete(id);
    };
    const noted = explicitTime(machine).provide({
      actions: { [waitBegins]: begins, [waitEnds]: ends } as never,
    });
    const actor = createActor(noted);
    actor.on('*', (event: AnyEventObject) => this.emitted.push(event.type));
    actor.subscribe({ error: () => undefined });
    actor.start();
    this.actor = actor as never;
  }

  send(event: AnyEventObject): void {
    this.invoked.delete(waitEndedBy(event));
    if (this.actor.getSnapshot().status === 'active') this.actor.send(event);
  }

  /** The next instant at which a timer is due, up to a time. */
  next(until: number): number | undefined {
    const at = Math.min(...[...this.#due.values()].map((each) => each.at));
    return at <= until ? at : undefined;
  }

  /** Lets the first timer that is due elapse. */
  elapse(at: number): void {
    this.now = at;
    const [first] = [...this.#due].filter(([, each]) => each.at <= at).toSorted(([, a], [, b]) => a.order - b.order);
    if (first === undefined) return;
    this.#due.delete(first[0]);
    this.send({ type: first[0] });
  }
}

const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

type Move = { readonly type: string } | { readonly ms: number } | { readonly end: 'done' | 'error' };

async function play(machine: AnyStateMachine, story: readonly Move[]): Promise<void> {
  const { clock, endings, actor, emitted } = original(machine);
  const model = new Rewritten(machine);
  const same = (): void => {
    expect(standing(model.actor.getSnapshot())).toEqual(standing(actor.getSnapshot()));
    expect(model.emitted).toEqual(emitted);
  };
  same();
  for (const move of story) {
    if (actor.getSnapshot().status !== 'active') break;
    if ('ms' in move) {
      const until = clock.now() + move.ms;
      // Instant by instant: XState's clock lets what is due at once elapse in the order it was set.
      for (let at = model.next(until); at !== undefined; at = model.next(until)) {
        clock.set(at);
        for (; model.next(at) !== undefined;) model.elapse(at);
      }
      clock.set(until);
      model.now = until;
    } else if ('end' in move) {
      const [id] = model.invoked;
      const ending = endings.get(id ?? '');
      if (id === undefined || ending === undefined) continue;
      endings.delete(id);
      if (move.end === 'done') ending.resolve('out');
      else ending.reject(new Error('no'));
      await settle();
      model.send(
        move.end === 'done'
          ? { type: `xstate.done.actor.${id}`, output: 'out', actorId: id }
          : { type: `xstate.error.actor.${id}`, error: new Error('no'), actorId: id },
      );
    } else {
      actor.send(move as never);
      model.send(move);
    }
    same();
  }
  actor.stop();
}

const moves = (types: readonly string[]): fc.Arbitrary<Move[]> =>
  fc.array(
    fc.oneof(
      fc.constantFrom(...types).map((type) => ({ type })),
      fc.constantFrom(1, 10, 20, 29, 30, 50, 100, 300, 1_000).map((ms) => ({ ms })),
      fc.constantFrom('done' as const, 'error' as const).map((end) => ({ end })),
    ),
    { maxLength: 25 },
  );

describe('a machine without time and actors of its own', () => {
  test.each([
    ['nested, with invoked actors', fetcher, ['go', 'stop', 'retry']],
    ['parallel, with history', signals, ['walk', 'power', 'kick']],
  ])('does in any story what the machine does (%s)', async (_, machine, types) => {
    await fc.assert(
      fc.asyncProperty(moves(types), (story) => play(machine, story)),
      { numRuns: 300 },
    );
  });

  test.each([fetcher, signals])('is one that createTestModel takes, with the same states (%#)', (machine) => {
    expect(() => createTestModel(machine as AnyStateMachine)).toThrow(/not supported/);
    const rewritten = explicitTime(machine as AnyStateMachine);
    expect(() => createTestModel(rewritten)).not.toThrow();
    const ids = (node: AnyStateMachine['root']): string[] => [
      node.id,
      ...(Object.values(node.states) as AnyStateMachine['root'][]).flatMap(ids),
    ];
    expect(ids(rewritten.root)).toEqual(ids(machine.root as AnyStateMachine['root']));
    expect(new Set(rewritten.root.machine.events)).toEqual(new Set((machine as AnyStateMachine).events));
  });
});
