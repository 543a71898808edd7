// What model tests find in a machine that is wrong: each planted fault is reported by its name, and a machine whose
// states have no end is refused with the field that grows and the option to give.

import { describe, expect, test } from 'vitest';
import { assign, createMachine, emit, raise, setup } from 'xstate';
import { modelTests } from '../../src/testing/index.ts';

/** A machine with one fault of each kind. */
const faulty = setup({
  types: { context: {} as { coins: number }, events: {} as { type: 'coin' | 'push' | 'kick' | 'reset' } },
  guards: { isLucky: () => false },
}).createMachine({
  id: 'turnstile',
  context: { coins: 0 },
  initial: 'locked',
  states: {
    locked: {
      on: {
        coin: [{ target: 'unlocked' }, { target: 'broken' }],
        push: { guard: 'hasTicket' as never, target: 'unlocked' },
        kick: 'stuck',
      },
    },
    unlocked: { on: { push: 'locked', kick: { guard: 'isLucky', target: 'free' } } },
    stuck: {},
    broken: { on: { reset: 'locked' } },
    free: { type: 'final' },
  },
});

describe('a machine with planted faults', () => {
  test('a dead state, unreachable states and transitions, and a missing guard are reported by name', async () => {
    const report = await modelTests(faulty).run();
    expect(report.passed).toBe(false);
    const names = (kind: string) => report.findings.filter((each) => each.kind === kind).map(({ name }) => name);
    expect(names('dead state')).toEqual(['stuck']);
    expect(names('unreachable state')).toEqual(['broken', 'free']);
    expect(names('unreachable transition')).toEqual([
      'locked on coin to broken',
      'locked on push [hasTicket] to unlocked',
      'unlocked on kick [isLucky] to free',
    ]);
    expect(names('missing guard')).toEqual(['hasTicket']);
    expect(names('one-sided guard')).toContain('unlocked on kick [isLucky] to free: never true');
    const said = report.problems.join('\n');
    expect(said).toContain('state stuck is dead');
    expect(said).toContain("guard 'hasTicket' is not implemented (locked on push [hasTicket] to unlocked)");
    expect(said).toContain('states: 66 % of 6 are covered, not 100 %: broken; free');
    expect(report.findings.find(({ name }) => name === 'locked on coin to broken')?.message).toContain(
      'the branch before it has no guard',
    );
  });

  test('what is named in allow is accepted', async () => {
    const machine = createMachine({ id: 'end', initial: 'a', states: { a: { on: { go: 'b' } }, b: {} } });
    expect((await modelTests(machine).run()).problems).toEqual([
      'state b is dead: nothing leads out of it, and it is not final.',
    ]);
    expect(await modelTests(machine, { allow: ['b'] }).run()).toMatchObject({ passed: true, problems: [] });
    const attic = createMachine({
      id: 'attic',
      initial: 'a',
      states: { a: { on: { go: 'a' } }, c: { on: { out: 'a' } } },
    });
    expect((await modelTests(attic).run()).passed).toBe(false);
    const allow = ['c', 'c on out to a'];
    expect(await modelTests(attic, { allow }).run()).toMatchObject({ passed: true, findings: [] });
  });

  test('a lower goal is met, a higher one says what is missing', async () => {
    const machine = createMachine({
      id: 'half',
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: { on: { back: 'a' } }, c: { on: { out: 'a' } } },
    });
    expect((await modelTests(machine, { coverage: { states: 70, transitions: 60 } }).run()).passed).toBe(true);
    expect((await modelTests(machine, { coverage: { states: 80, transitions: 60 } }).run()).problems).toEqual([
      'states: 75 % of 4 are covered, not 80 %: c',
    ]);
  });

  test('an event whose action needs a payload is named', async () => {
    const machine = setup({
      types: { events: {} as { type: 'add'; item: { price: number } }, context: {} as { sum: number } },
    }).createMachine({
      id: 'cart',
      context: { sum: 0 },
      initial: 'open',
      states: {
        open: { on: { add: { target: 'full', actions: assign({ sum: ({ event }) => event.item.price }) } } },
        full: { type: 'final' },
      },
    });
    const { problems } = await modelTests(machine).run();
    expect(problems[0]).toMatch(/^add in open throws: .*price.*If it needs a payload, give the event with one\.$/);
    expect((await modelTests(machine, { events: [{ type: 'add', item: { price: 1 } }] }).run()).passed).toBe(true);
  });

  test('a delay that is not there is named', () => {
    const machine = createMachine({
      id: 'm',
      initial: 'a',
      states: { a: { after: { soon: 'b' } }, b: { type: 'final' } },
    });
    expect(modelTests(machine).findings[0]).toMatchObject({ kind: 'missing delay', name: 'soon' });
  });
});

describe('a machine whose states have no end', () => {
  const counter = setup({
    types: { context: {} as { count: number; name: string }, events: {} as { type: 'inc' } },
  }).createMachine({
    id: 'counter',
    context: { count: 0, name: 'x' },
    initial: 'on',
    states: { on: { on: { inc: { actions: assign({ count: ({ context }) => context.count + 1 }) } } } },
  });

  test('is refused with the field that grows and the option to give', () => {
    expect(() => modelTests(counter)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringMatching(
          /^abstract of machine 'counter' is undefined; it takes a function .*there are more than 2,000 states, and context\.count grows: it was 0, 1, 2, 3 and more\.$/,
        ) as string,
      }) as Error,
    );
  });

  test('is refused, too, when the abstraction grows', () => {
    expect(() => modelTests(counter, { abstract: ({ context }) => ({ half: context.count / 2 }) })).toThrow(
      'its half grows: it was 0, 0.5, 1, 1.5',
    );
  });

  test('is tested with an abstraction', async () => {
    const report = await modelTests(counter, { abstract: ({ context }) => Math.min(context.count, 2) }).run();
    expect(report).toMatchObject({ passed: true, impossible: 0 });
  });

  test('a loop of always ends', () => {
    const loop = createMachine({
      id: 'loop',
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: { always: 'c' }, c: { always: 'b' } },
    });
    expect(modelTests(loop).findings[0]?.message).toMatch(/^go in a throws: Infinite loop detected/);
  });

  test('too many simple paths are refused', () => {
    const rooms = Array.from({ length: 12 }, (_, nth) => `r${nth}`);
    const maze = createMachine({
      id: 'maze',
      initial: 'r0',
      on: Object.fromEntries(rooms.map((room) => [room, `.${room}`])),
      states: Object.fromEntries(rooms.map((room) => [room, {}])),
    });
    expect(() => modelTests(maze, { paths: 'simple' })).toThrow(
      /^paths of machine 'maze' is "simple"; it takes 'shortest'/,
    );
    expect(modelTests(maze).coverage.transitions.percent).toBe(100);
  });
});

describe('a real actor that differs from the model', () => {
  const lamp = (bulb: string, sound = 'click') =>
    createMachine({
      id: 'lamp',
      initial: 'off',
      states: {
        off: { on: { press: { target: 'on', actions: emit({ type: sound }) } } },
        on: { on: { press: bulb, blow: { actions: raise({ type: 'press' }) } } },
      },
    });

  test('fails at the step at which it is elsewhere, with what was expected and received', async () => {
    const { failures } = await modelTests(lamp('off'), { implementation: lamp('on') }).run();
    expect(failures[0]).toMatchObject({
      name: 'StoryFailure',
      step: 2,
      told: ['start', 'press', 'press'],
      expected: { value: 'off', status: 'active' },
      actual: { value: 'on', status: 'active' },
    });
    expect(failures[0]?.message).toContain('story: start > press > press\n  step 2 of 2: press\n  expected:');
  });

  test('fails when it emits something else', async () => {
    const { failures } = await modelTests(lamp('off'), { implementation: lamp('off', 'bang') }).run();
    expect(failures[0]).toMatchObject({ step: 1, expected: [{ type: 'click' }], actual: [{ type: 'bang' }] });
  });

  test('fails when it throws', async () => {
    const bomb = setup({
      actions: {
        bang: () => {
          throw new Error('boom');
        },
      },
    }).createMachine({
      id: 'bomb',
      initial: 'idle',
      states: { idle: { on: { light: { target: 'lit', actions: 'bang' } } }, lit: { type: 'final' } },
    });
    const { failures } = await modelTests(bomb).run();
    expect(failures[0]?.message).toContain('bomb: it threw: boom');
  });

  test('the assertions of the user are asked, and what they expect of effects is compared', async () => {
    const seen: string[] = [];
    const states = {
      on: () => {
        seen.push('on');
      },
    };
    const good = await modelTests(lamp('off'), {
      states,
      expects: { press: () => undefined, 'off > press': [{ type: 'click' }] },
    }).run();
    expect(good.passed).toBe(true);
    expect(seen.length).toBe(2);
    const bad = await modelTests(lamp('off'), {
      states: {
        on: () => {
          throw new Error('too bright');
        },
      },
    }).run();
    expect(bad.failures[0]?.message).toContain("the assertion on state 'on' failed: too bright");
    const wrong = await modelTests(lamp('off'), { expects: { 'off > press': [{ type: 'clack' }] } }).run();
    expect(wrong.failures[0]?.message).toContain("did not emit what is expected of 'off > press'");
    const never = await modelTests(lamp('off'), { expects: { press: () => undefined, 'on > pull': [] } }).run();
    expect(never.problems).toEqual([expect.stringContaining("expects 'on > pull': no story comes to this")]);
  });
});
