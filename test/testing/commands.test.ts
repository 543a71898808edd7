// A user's own model beside the real runtime: commands by chance on a fresh runtime each time, time passing among them, and
// a failing story made small. The planted mistakes are in the actor, so it is the actor that is found out.

import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { assign, setup } from 'xstate';
import { agent, reply } from '../../src/index.ts';
import { modelCommands } from '../../src/testing/product/commands.ts';
import { runtimeKit, solo } from '../runtime/runtime-kit.ts';

type Mistake = 'keeps its count' | 'closes too early' | undefined;

/** Counts while it is open, and closes by itself after a second without anything. */
const sessionMachine = (mistake: Mistake) =>
  setup({
    types: {
      context: {} as { count: number },
      events: {} as { type: 'open' } | { type: 'add'; by: number } | { type: 'ask' },
    },
    actions: {
      forget: assign({ count: ({ context }) => (mistake === 'keeps its count' ? context.count : 0) }),
      answer: reply(({ context }: { context: { count: number } }) => ({ type: 'count', count: context.count })),
    },
  }).createMachine({
    context: { count: 0 },
    initial: 'closed',
    states: {
      closed: { entry: 'forget', on: { open: 'open', ask: { actions: 'answer' } } },
      open: {
        on: {
          ask: { actions: 'answer' },
          add: {
            target: 'open',
            reenter: mistake !== 'closes too early',
            actions: assign({ count: ({ context, event }) => context.count + event.by }),
          },
        },
        after: { 1_000: 'closed' },
      },
    },
  });

const idle = agent({ accepts: 'nothing', run: () => undefined });

/** What a session should do. */
class Model {
  count = 0;
  /** How long it has been quiet; undefined while it is closed. */
  quietMs: number | undefined = undefined;

  passes(ms: number): void {
    if (this.quietMs === undefined) return;
    this.quietMs += ms;
    if (this.quietMs < 1_000) return;
    this.quietMs = undefined;
    this.count = 0;
  }
}

const tally = { begun: 0, ended: 0 };

async function begin(mistake: Mistake) {
  const { clock, runtime, settle } = await runtimeKit(solo(idle));
  const session = runtime.spawn(sessionMachine(mistake), { id: 'session' });
  await settle();
  tally.begun += 1;
  return { clock, runtime, session };
}

const sessions = (mistake?: Mistake) =>
  modelCommands(fc, {
    model: () => new Model(),
    begin: () => begin(mistake),
    end: async ({ runtime }) => {
      await runtime.stop();
      tally.ended += 1;
    },
    time: { ms: fc.constantFrom(1, 400, 999, 1_000), change: (model, ms) => model.passes(ms) },
    commands: {
      open: {
        change: (model) => {
          model.quietMs ??= 0;
        },
        run: ({ session }) => session.tell({ type: 'open' }),
      },
      add: {
        with: fc.integer({ min: 1, max: 9 }),
        check: (model) => model.quietMs !== undefined,
        change: (model, by) => {
          expectTypeOf(by).toEqualTypeOf<number>();
          model.count += by;
          model.quietMs = 0;
        },
        run: ({ session }, by) => session.tell({ type: 'add', by }),
      },
      ask: {
        run: ({ session }) => session.ask({ type: 'ask' }),
        holds: ({ model, result }) => {
          expect(result).toEqual({ type: 'count', count: model.count });
        },
      },
    },
    holds: (model, { session }) => {
      expect(session.snapshot()?.value).toBe(model.quietMs === undefined ? 'closed' : 'open');
    },
  });

/** What fast-check says of a property that does not hold. */
async function counterexampleOf(mistake: Mistake): Promise<string> {
  const details = await fc.check(sessions(mistake).property({ maxCommands: 12 }), { seed: 3, numRuns: 200 });
  expect(details.failed).toBe(true);
  return [...(details.counterexample?.[0] ?? [])].map(String).join();
}

describe('commands on the real runtime', () => {
  test('a session does as its model, and every one is let go of', async () => {
    await sessions().check({ seed: 1, numRuns: 60, maxCommands: 15 });
    expect(tally.begun).toBe(60);
    expect(tally.ended).toBe(60);
  });

  test('a mistake is found and its story made small', async () => {
    expect(await counterexampleOf('keeps its count')).toMatch(/^open,add 1,1000 ms pass,ask\b/);
  });

  test('one that needs time between two commands is found', async () => {
    const story = await counterexampleOf('closes too early');
    expect(story).toMatch(/^open,999 ms pass,add 1,1 ms pass/);
  });

  test('check throws with the seed, and the smallest story in it', async () => {
    const failing = sessions('keeps its count').check({ seed: 3, numRuns: 200, maxCommands: 12 });
    await expect(failing).rejects.toThrow(/seed: 3,[^]*open,add 1,1000 ms pass,ask/);
  });

  test('a command that waits for time says so instead of hanging', async () => {
    const waiting = modelCommands(fc, {
      model: () => ({}),
      begin: () => begin(undefined),
      end: ({ runtime }) => runtime.stop(),
      time: false,
      commands: {
        wait: { run: ({ clock }) => new Promise<void>((resolve) => void clock.setTimer(resolve, 5)) },
      },
    });
    const details = await fc.check(waiting.property(), { numRuns: 5, seed: 1 });
    expect(String(details.errorInstance)).toContain("'wait' has not come to its end though all that was ready has run");
  });

  test('what is no command is refused by name', () => {
    const at = { model: () => ({}), begin: () => begin(undefined) };
    expect(() => modelCommands(fc, { ...at, commands: {} })).toThrow(/commands is .* at least one command/);
    expect(() => modelCommands(fc, { ...at, commands: { go: {} as { run: () => void } } })).toThrow(
      'commands.go.run is undefined; it takes a function.',
    );
  });
});
