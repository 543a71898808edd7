// What a product finds in machines that are wrong together though each is right alone: every planted mistake is found by
// the search and by walks alone, with a story of at most eight steps that can be told again.

import { describe, expect, test } from 'vitest';
import { assign, createMachine, setup } from 'xstate';
import { delegate, tell } from '../../src/index.ts';
import {
  ProductFailure,
  productModel,
  type ProductModel,
  productText,
} from '../../src/testing/product/product-model.ts';
import type { ProductViolation } from '../../src/testing/product/product-report.ts';

/** What makes walks of a search: it is cut at once. */
const walking = { worlds: 2, walks: 60, seed: 5 };

/** The violation of a kind, come upon by the search and by walks: each story is short and comes to the same again. */
function foundIn(make: (how: Partial<typeof walking>) => ProductModel, invariant: string): ProductViolation {
  const [found] = [make({}), make(walking)].map((model, nth) => {
    const { violations, passed } = model.run();
    expect(passed).toBe(false);
    const violation = violations.find((each) => each.invariant === invariant);
    if (violation === undefined) throw new Error(`${invariant} was not found, but ${violations.map(String).join()}`);
    expect(violation.story.length).toBeLessThanOrEqual(8);
    expect(violation.seed === undefined).toBe(nth === 0 || violation.story.length < 2);
    const again = model.replay(violation.actions);
    expect(again.story).toEqual(violation.story);
    expect(again.problems).toContainEqual({ invariant, message: violation.message });
    return violation;
  });
  if (found === undefined) throw new Error('nothing was found');
  return found;
}

/** Needs what the other has, and lends its own only while it needs nothing. */
const fork = (id: string, other: string) =>
  createMachine({
    id,
    initial: 'free',
    states: {
      free: { on: { start: 'asking', lend: { actions: tell(other, { type: 'lent' }) } } },
      asking: { entry: tell(other, { type: 'lend' }), on: { lent: 'free' } },
    },
  });

describe('two machines that wait for each other', () => {
  const actors = { left: fork('left', 'right'), right: fork('right', 'left') };
  const waits = { left: ['asking'], right: ['asking'] };
  const environment = [
    { to: 'left', event: { type: 'start' } },
    { to: 'right', event: { type: 'start' } },
  ] as const;

  test('the deadlock is found with the shortest story', () => {
    const { story, message } = foundIn((how) => productModel({ actors }, { environment, waits, ...how }), 'deadlock');
    expect(story).toEqual([
      'the environment tells left start',
      'the environment tells right start',
      'left handles start from the environment: tells right lend',
      'right handles start from the environment: tells left lend',
      'right handles lend from left',
      'left handles lend from right',
    ]);
    expect(message).toBe('nothing can happen any more, and left waits in asking; right waits in asking');
  });

  test('walks come upon it, too, and their story is made as short', () => {
    const model = productModel({ actors }, { environment: [...environment, ...noise], waits, ...walking });
    const { violations, search, walks } = model.run();
    expect(violations[0]?.seed).toBeGreaterThanOrEqual(5);
    expect(violations[0]?.story).toHaveLength(6);
    expect(search).toMatchObject({ worlds: 2, complete: false, cutBy: 'worlds: 2' });
    expect(walks).toMatchObject({ walks: 60, seed: 5 });
    expect(model.run()).toEqual(model.run());
  });

  test('a task that its receiver ignores while it is busy leaves its delegator waiting', () => {
    const asker = createMachine({
      initial: 'idle',
      states: { idle: { on: { go: 'asking' } }, asking: { entry: delegate('worker', { id: 'j', type: 'job' }) } },
    });
    const worker = createMachine({ on: { 'task.assigned': {} } });
    const jobs = [{ to: 'asker', event: { type: 'go' } }] as const;
    const { message } = foundIn(
      (how) => productModel({ actors: { asker, worker } }, { environment: jobs, ...how }),
      'deadlock',
    );
    expect(message).toContain('asker waits for the task j, which worker (in (machine)) has');
  });

  test('a task of the environment that nobody ends is unsettled', () => {
    const worker = createMachine({ initial: 'idle', states: { idle: { on: { 'task.assigned': 'busy' } }, busy: {} } });
    const job = { to: 'worker', task: { id: 'j', type: 'job' } };
    const { message } = foundIn(
      (how) => productModel({ actors: { worker } }, { environment: [job], ...how }),
      'unsettled',
    );
    expect(message).toContain('the task j of the environment is still with worker (in busy)');
    expect(productModel({ actors: { worker } }, { environment: [{ ...job, canTimeOut: true }] }).run().passed).toBe(
      true,
    );
  });

  test('it throws with the story in the message', () => {
    const failing = () => productModel({ actors }, { environment, waits }).check();
    expect(failing).toThrow(ProductFailure);
    expect(failing).toThrow(/✗ deadlock: nothing can happen any more[^]*\n {2}1 the environment tells left start\n/);
  });
});

/** What has nothing to do with it. */
const noise = [
  { to: 'left' as const, event: { type: 'noise' }, times: 3, optional: true },
  { to: 'right' as const, event: { type: 'noise' }, times: 3, optional: true },
];

describe('a lost message', () => {
  const printer = createMachine({
    initial: 'off',
    states: { off: { on: { on: 'ready' } }, ready: { on: { print: { actions: tell('desk', { type: 'printed' }) } } } },
  });
  const deskThatTells = (to: string) =>
    createMachine({
      initial: 'idle',
      states: {
        idle: { on: { ticket: { target: 'printing', actions: tell(to, { type: 'print' }) } } },
        printing: { on: { printed: 'idle' } },
      },
    });
  const environment = [
    { to: 'desk', event: { type: 'ticket' } },
    { to: 'printer', event: { type: 'on' } },
  ] as const;

  test('told to an address that nobody has', () => {
    const actors = { desk: deskThatTells('prnter'), printer };
    const { message, story } = foundIn((how) => productModel({ actors }, { environment, ...how }), 'lost');
    expect(message).toBe("desk tells 'prnter' print, and there is no such actor");
    expect(story).toHaveLength(2);
  });

  test('told to an actor that is not ready for it: the teller waits for ever', () => {
    const actors = { desk: deskThatTells('printer'), printer };
    const waits = { desk: ['printing'] };
    const { message, story } = foundIn((how) => productModel({ actors }, { environment, waits, ...how }), 'deadlock');
    expect(message).toContain('desk waits in printing');
    expect(story).toContain('printer handles print from desk');
  });

  test('turned away by a full mailbox', () => {
    const ready = createMachine({ on: { print: { actions: tell('desk', { type: 'printed' }) } } });
    const options = { environment: [environment[0]], waits: { desk: ['printing'] } };
    const actors = { desk: deskThatTells('printer'), printer: ready };
    expect(productModel({ actors }, options).check().search.complete).toBe(true);
    const { story } = foundIn((how) => productModel({ actors }, { ...options, ...how, overloads: 1 }), 'deadlock');
    expect(story).toContain('printer is full and turns away print from desk');
  });

  test('ignored in every state: reported, and no failure', () => {
    const deaf = createMachine({ on: { other: {} } });
    const report = productModel({ actors: { desk: deskThatTells('printer'), printer: deaf } }, { environment }).run();
    expect(report.passed).toBe(true);
    expect(report.actors.find(({ name }) => name === 'printer')?.ignored.toSorted()).toEqual(['on', 'print']);
    expect(productText(report)).toContain('  · printer: print came and was ignored wherever it came.');
  });
});

describe('a mistake that only some orders bring about', () => {
  const till = setup({
    types: { context: {} as { paid: number; refunded: number }, events: {} as { type: 'pay' | 'confirm' } },
  }).createMachine({
    context: { paid: 0, refunded: 0 },
    initial: 'open',
    on: { confirm: { target: '.done', actions: assign({ paid: 1 }) } },
    states: {
      open: { on: { pay: 'pending' } },
      pending: { after: { 1_000: { target: 'open', actions: assign({ refunded: 1 }) } } },
      done: {},
    },
  });
  const invariants = {
    'never paid and refunded': ({
      actors,
    }: {
      actors: { till: { snapshot: { context: { paid: number; refunded: number } } } };
    }) => {
      const { paid, refunded } = actors.till.snapshot.context;
      if (paid > 0 && refunded > 0) throw new Error('the money went both ways');
    },
  };

  test('a time-out between two deliveries', () => {
    const shop = createMachine({
      on: { buy: { actions: [tell('till', { type: 'pay' }), tell('till', { type: 'confirm' })] } },
    });
    const actors = { shop, till };
    const environment = [{ to: 'shop', event: { type: 'buy' } }] as const;
    const { story } = foundIn(
      (how) => productModel({ actors }, { environment, invariants, ...how }),
      'never paid and refunded',
    );
    expect(story.filter((line) => line.startsWith('till: timer.elapsed'))).toEqual(['till: timer.elapsed 1000 ms']);
  });

  test('a crash: what was counted is counted again', () => {
    const counter = setup({ types: { context: {} as { sent: boolean } } }).createMachine({
      context: { sent: false },
      on: {
        ship: {
          guard: ({ context }) => !context.sent,
          actions: [assign({ sent: true }), tell('store', { type: 'parcel' })],
        },
      },
    });
    const store = setup({ types: { context: {} as { parcels: number } } }).createMachine({
      context: { parcels: 0 },
      on: { parcel: { actions: assign({ parcels: ({ context }) => context.parcels + 1 }) } },
    });
    const options = {
      environment: [{ to: 'counter', event: { type: 'ship' }, times: 2 }] as const,
      invariants: {
        'one parcel': ({ actors }: { actors: { store: { snapshot: { context: { parcels: number } } } } }) => {
          if (actors.store.snapshot.context.parcels > 1) throw new Error('it was sent twice');
        },
      },
    };
    const actors = { counter, store };
    expect(productModel({ actors }, options).check().search.complete).toBe(true);
    expect(productModel({ actors }, { ...options, crashes: 1, recover: 'last' }).check().passed).toBe(true);
    const { story } = foundIn((how) => productModel({ actors }, { ...options, ...how, crashes: 1 }), 'one parcel');
    expect(story).toEqual(expect.arrayContaining(['counter crashes', 'counter restarts']));
  });
});
