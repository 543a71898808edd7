// Every mistake of a declaration is told at once, with where it is, what is wrong and what would mend it.

import { createMachine } from 'xstate';
import { describe, expect, test } from 'vitest';
import {
  type Loose,
  idle,
  looseAgent,
  looseDirector,
  looseOrchestrator,
  looseTopology,
  pathsOf,
  problemsOf,
  small,
} from './declared.ts';

const ofWorker = (options: Loose): readonly string[] =>
  problemsOf(() => small({ worker: idle(options) })).map(({ path, problem, mend }) => `${path} ${problem} ${mend}`);

test('ten different mistakes yield one error with ten entries', () => {
  const problems = problemsOf(() =>
    looseTopology({
      name: 'no/slashes',
      limitz: {},
      resources: { gpu: { capacity: 0 } },
      orchestrators: {
        main: looseOrchestrator({
          plan: () => ({}),
          run: () => 1,
          directors: {
            code: looseDirector({
              restart: { within: 'soon' },
              agents: {
                list: looseAgent({}),
                measure: idle({ accepts: 'size', priority: 11 }),
                weigh: idle({ accepts: 'size', timeout: Number.NaN, resources: ['tpu'] }),
              },
            }),
          },
        }),
      },
    }),
  );
  expect(problems).toHaveLength(10);
  expect(problems.map(({ path }) => path).toSorted()).toEqual(
    [
      'name',
      'limitz',
      'resources.gpu.capacity',
      'orchestrators.main.run',
      'orchestrators.main.directors.code.restart.within',
      'orchestrators.main.directors.code.agents.list.run',
      'orchestrators.main.directors.code.agents.measure.priority',
      'orchestrators.main.directors.code.agents.weigh.timeout',
      'orchestrators.main.directors.code.agents.weigh.resources',
      'orchestrators.main.directors.code.agents.weigh.accepts',
    ].toSorted(),
  );
  for (const { problem, mend } of problems) expect([problem.length > 4, mend.length > 4]).toEqual([true, true]);
});

describe('each mistake has its words', () => {
  const agentMistakes: readonly (readonly [name: string, options: Loose, expected: RegExp])[] = [
    ['a misspelt option', { instnaces: 2 }, /worker\.instnaces is no option here\. .*Did you mean 'instances'\?/],
    ['an option of a later version', { remote: true }, /worker\.remote does nothing yet/],
    ['no code', { run: undefined }, /worker\.run is missing/],
    ['code that is no function', { run: 5 }, /worker\.run is 5\. Give a function/],
    ['code and a machine', { machine: 'x' }, /worker\.machine is given besides run/],
    [
      'no actor logic',
      { run: undefined, machine: { states: {} } },
      /worker\.machine is an object, which is no actor logic/,
    ],
    ['no schema', { input: { type: 'string' } }, /worker\.input is an object, which is no Standard Schema/],
    ['a duration without a unit', { timeout: '5' }, /worker\.timeout is "5"\. Give a duration/],
    ['a negative duration', { timeout: -5 }, /worker\.timeout is -5/],
    ['no time at all', { timeout: 0 }, /worker\.timeout is 0\. Give a duration longer than zero/],
    ['NaN', { heartbeat: Number.NaN }, /worker\.heartbeat is NaN/],
    ['a bad size', { memory: '4 cows' }, /worker\.memory is "4 cows"\. Give a size/],
    ['a bad priority', { priority: '5' }, /worker\.priority is "5"\. Give a whole number from 0/],
    ['too many instances', { instances: 33 }, /worker\.instances is 33\. Give a whole number, from 1 to 32/],
    ['half an instance', { instances: 1.5 }, /worker\.instances is 1\.5/],
    ['a bad shutdown', { shutdown: 'gently' }, /worker\.shutdown is "gently"\. Give 'kill' or a duration/],
    [
      'a bad strategy',
      { restart: { strategy: 'one-for-al' } },
      /worker\.restart\.strategy is "one-for-al"\. .*Did you mean 'one-for-all'\?/,
    ],
    ['a bad child type', { child: 'permanant' }, /worker\.child is "permanant"\. .*Did you mean 'permanent'\?/],
    [
      'a bad overflow',
      { mailbox: { overflow: 'explode' } },
      /worker\.mailbox\.overflow is "explode"\. Give one of 'reject'/,
    ],
    ['a section that is no object', { mailbox: 5 }, /worker\.mailbox is 5\. Give a plain object/],
    ['a section that is a list', { retries: [] }, /worker\.retries is a list of 0/],
    ['retries that are negative', { retries: { limit: -1 } }, /worker\.retries\.limit is -1/],
    [
      'delays that shrink',
      { retries: { backoff: { factor: 0.5 } } },
      /backoff\.factor is 0\.5\. Give a number, from 1/,
    ],
    [
      'a last delay before the first',
      { retries: { backoff: { initial: '5s', max: '1s' } } },
      /backoff\.max is "1s", less than the first delay of 5000 ms/,
    ],
    ['a flag that is none', { durable: 'yes' }, /worker\.durable is "yes"\. Give true or false/],
    ['a schema version without a machine', { schema: 1 }, /worker\.schema is given without a machine/],
    [
      'an interrupted that is none',
      { run: undefined, machine: createMachine({}), interrupted: 'perhaps' },
      /worker\.interrupted is "perhaps"\. Give one of 'retry'/,
    ],
    ['no types', { accepts: [] }, /worker\.accepts is a list of 0/],
    ['a type twice', { accepts: ['a', 'a'] }, /worker\.accepts has "a" twice/],
    ['a type with a slash', { accepts: 'a/b' }, /worker\.accepts has "a\/b"/],
    ['an unknown resource', { resources: ['gpu'] }, /worker\.resources has 'gpu', which nobody declares/],
    [
      'an unknown address',
      { delegatesTo: 'main/code/wrker' },
      /worker\.delegatesTo has "main\/code\/wrker", .*Did you mean 'main\/code\/worker'\?/,
    ],
    ['an unknown sibling', { delegatesTo: ['../other'] }, /nobody lives at "main\/code\/other"/],
    ['itself', { delegatesTo: 'main/code/worker' }, /closes a cycle: main\/code\/worker > main\/code\/worker/],
    ['its parent', { delegatesTo: '..' }, /closes a cycle: main\/code > main\/code\/worker > main\/code\./],
  ];
  test.each(agentMistakes)('%s', (_name, options, expected) => {
    const told = ofWorker(options);
    expect(
      told.some((line) => expected.test(line)),
      told.join('\n'),
    ).toBe(true);
    expect(told).toHaveLength(_name === 'code and a machine' ? 2 : 1);
  });

  test('a name that can be no address', () => {
    for (const name of ['a/b', 'a:0', '', 'ü', '-a', '__proto__', 'constructor', 'x'.repeat(129)]) {
      expect(problemsOf(() => small(Object.fromEntries([[name, idle()]])))[0]?.problem).toMatch(/is named/);
    }
  });

  test('nothing to supervise', () => {
    expect(pathsOf(() => small({}))).toEqual(['orchestrators.main.directors.code.agents']);
    expect(pathsOf(() => looseTopology({ name: 'x', orchestrators: {} }))).toEqual(['orchestrators']);
    expect(pathsOf(() => looseTopology({ name: 'x' }))).toEqual(['orchestrators']);
    expect(pathsOf(() => looseTopology({ name: 'x', orchestrators: { main: looseOrchestrator({}) } }))).toEqual([
      'orchestrators.main.directors',
    ]);
  });

  test('a node of the wrong kind, or none', () => {
    expect(problemsOf(() => small({ a: { run: () => 1 }, b: looseDirector({ agents: {} }) }))).toMatchObject([
      {
        path: 'orchestrators.main.directors.code.agents.a',
        problem: 'is an object.',
        mend: 'Make it with agent({ … }).',
      },
      { path: 'orchestrators.main.directors.code.agents.b', problem: 'is made by director().' },
    ]);
  });

  test('retries of a node that does no work itself', () => {
    const retries = { limit: 1 };
    const told = problemsOf(() => small({ a: idle() }, { orchestrator: { retries } }));
    expect(told).toMatchObject([
      { path: 'orchestrators.main.retries', mend: 'Give it to the agents that do the work.' },
    ]);
  });

  test('a result without a plan, and options of later versions', () => {
    expect(
      pathsOf(() => small({ a: idle() }, { orchestrator: { result: () => 1 }, topology: { breakers: {}, hooks: {} } })),
    ).toEqual(['orchestrators.main.result', 'breakers', 'hooks']);
  });

  test('a retention that keeps nothing, or more than a store would', () => {
    const told = problemsOf(() => small({ a: idle() }, { topology: { retention: { versions: 0, age: 'soon' } } }));
    expect(told.map(({ path }) => path)).toEqual(['retention.versions', 'retention.age']);
    expect(pathsOf(() => small({ a: idle() }, { topology: { retention: { versions: 1_001 } } }))).toEqual([
      'retention.versions',
    ]);
  });

  test('a thousand unknown options are counted, not listed', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`option${index}`, 1]));
    expect(ofWorker(many)).toHaveLength(21);
    expect(ofWorker(many).at(-1)).toMatch(/has 980 more unknown options/);
  });
});

describe('who takes what has to be clear', () => {
  test('two agents of one director with one type need a route', () => {
    const agents = { a: idle({ accepts: 'x' }), b: idle({ accepts: ['x', 'y'] }) };
    expect(problemsOf(() => small(agents))).toMatchObject([
      {
        path: 'orchestrators.main.directors.code.agents.b.accepts',
        problem: "has 'x', which the agents 'a' and 'b' all accept, and nothing chooses between them.",
      },
    ]);
    expect(pathsOf(() => small(agents, { director: { route: () => 'a' } }))).toEqual([]);
  });

  test('two directors of one orchestrator with one type need a route', () => {
    const directors = { a: looseDirector({ agents: { x: idle() } }), b: looseDirector({ agents: { x: idle() } }) };
    const define = (more: Loose) => (): unknown =>
      looseTopology({ name: 't', orchestrators: { main: looseOrchestrator({ directors, ...more }) } });
    expect(pathsOf(define({}))).toEqual(['orchestrators.main.directors.b.accepts']);
    expect(pathsOf(define({ route: () => 'a' }))).toEqual([]);
  });

  test('two orchestrators never accept one type', () => {
    const main = looseOrchestrator({ directors: { code: looseDirector({ agents: { x: idle() } }) } });
    expect(pathsOf(() => looseTopology({ name: 't', orchestrators: { a: main, b: main } }))).toEqual([
      'orchestrators.b.accepts',
    ]);
  });

  test('what is only passed on must be accepted below', () => {
    expect(pathsOf(() => small({ list: idle() }, { orchestrator: { accepts: 'lst' } }))).toEqual([
      'orchestrators.main.accepts',
    ]);
    expect(pathsOf(() => small({ list: idle() }, { director: { accepts: 'lst' } }))).toEqual([
      'orchestrators.main.directors.code.accepts',
    ]);
  });
});

describe('limits', () => {
  test('ten agents for an orchestrator, instances counted', () => {
    expect(pathsOf(() => small({ a: idle({ instances: 10 }) }))).toEqual([]);
    expect(problemsOf(() => small({ a: idle({ instances: 10 }), b: idle() }))).toMatchObject([
      { path: 'orchestrators.main', problem: 'declares 11 agents, instances counted; the limit is 10.' },
    ]);
    expect(
      pathsOf(() => small({ a: idle({ instances: 11 }) }, { topology: { limits: { agentsPerOrchestrator: 11 } } })),
    ).toEqual([]);
  });

  test('fifty for a topology', () => {
    const orchestrators = Object.fromEntries(
      Array.from({ length: 6 }, (_, index) => [
        `o${index}`,
        looseOrchestrator({
          directors: { code: looseDirector({ agents: { [`a${index}`]: idle({ instances: 9 }) } }) },
        }),
      ]),
    );
    expect(pathsOf(() => looseTopology({ name: 't', orchestrators }))).toEqual(['orchestrators']);
  });

  test('a chain longer than it may be names its members', () => {
    const agents = { a: idle({ delegatesTo: '../b' }), b: idle({ delegatesTo: '../c' }), c: idle() };
    expect(pathsOf(() => small(agents, { topology: { limits: { delegationDepth: 4 } } }))).toEqual([]);
    expect(problemsOf(() => small(agents, { topology: { limits: { delegationDepth: 3 } } }))[0]?.problem).toBe(
      'makes a chain of 4 delegations, main > main/code > main/code/a > main/code/b > main/code/c; the limit is 3.',
    );
  });
});
