// What becomes of work that fails, of values that are not what they should be, and of errors made to do harm: one
// typed error that names the agent and the hop, and a runtime that goes on.

import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import { z } from 'zod';
import { agent, complete, defineTopology, director, effect, fail, orchestrator, type TaskSpec } from 'troupe';
import { failureOf, runtimeKit, solo } from './runtime-kit.ts';

async function errorOf(run: () => unknown) {
  const { runtime, settle } = await runtimeKit(solo(agent({ run: () => run() })));
  const started = await runtime.submit({ type: 'work', input: null });
  await settle();
  const error = await failureOf(started.result());
  const next = await runtime.submit({ type: 'work', input: null });
  await settle();
  expect(next.isOver).toBe(true); // the agent has taken the next task
  await runtime.stop();
  return error;
}

const hostile = {
  'an Error': () => new Error('plain'),
  'a text': () => 'only a text',
  null: () => null,
  undefined: () => undefined,
  'a frozen error': () => Object.freeze(new Error('frozen')),
  'an object': () => ({ some: 'thing' }),
  'a symbol': () => Symbol('s'),
  'an error whose every property throws': () =>
    Object.defineProperties(new Error('x'), {
      stack: {
        get() {
          throw new Error('stack');
        },
      },
      message: {
        get() {
          throw new Error('message');
        },
      },
      name: {
        get() {
          throw new Error('name');
        },
      },
      code: {
        get() {
          throw new Error('code');
        },
      },
      cause: {
        get() {
          throw new Error('cause');
        },
      },
    }),
  'a proxy whose every trap throws': () =>
    new Proxy(new Error('x'), {
      get() {
        throw new Error('get');
      },
      has() {
        throw new Error('has');
      },
      getPrototypeOf() {
        throw new Error('getPrototypeOf');
      },
      ownKeys() {
        throw new Error('ownKeys');
      },
    }),
  'something with such a proxy as prototype': () =>
    Object.create(
      new Proxy(
        {},
        {
          getPrototypeOf() {
            throw new Error('getPrototypeOf');
          },
          get() {
            throw new Error('get');
          },
        },
      ),
    ) as object,
  'an object with a then': () => ({
    then() {
      throw new Error('then');
    },
  }),
} as const;

describe('B13 whatever an agent throws is one TASK_FAILED that names agent and hop', () => {
  test.each(Object.entries(hostile))('%s, thrown at once and later', async (_what, make) => {
    const expected = {
      code: 'TASK_FAILED',
      status: 500,
      details: { at: 'main/team/work', hop: 2, type: 'work', attempts: 1 },
    };
    expect(
      await errorOf(() => {
        throw make();
      }),
    ).toMatchObject(expected);
    expect(
      await errorOf(async () => {
        throw make();
      }),
    ).toMatchObject(expected);
    expect(
      await errorOf(function* () {
        yield 1;
        throw make();
      }),
    ).toMatchObject(expected);
  });

  test('the error itself is the cause, and its text is in the message', async () => {
    const thrown = new Error('the disk is full');
    const error = await errorOf(() => {
      throw thrown;
    });
    expect(error.cause).toBe(thrown);
    expect(error.message).toContain('the disk is full');
  });

  test.each(Object.entries(hostile))("%s, with which a user's machine fails a task", async (_what, make) => {
    const machine = setup({ types: { events: {} as { type: 'task.assigned'; id: string } } }).createMachine({
      on: {
        'task.assigned': {
          actions: fail(
            ({ event }) => event.id,
            () => make(),
          ),
        },
      },
    });
    const { runtime, settle } = await runtimeKit(solo(agent({ machine })));
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();

    expect(await failureOf(run.result())).toMatchObject({
      code: 'TASK_FAILED',
      details: { at: 'main/team/work', hop: 2 },
    });
    await runtime.stop();
  });

  test('D12 a delegate that fails deep down is named at the origin, not those who asked it', async () => {
    const { runtime, settle } = await runtimeKit(
      defineTopology({
        name: 'deep',
        orchestrators: {
          main: orchestrator({
            run: (_task, ctx) => ctx.delegate('first', null),
            directors: {
              team: director({
                agents: {
                  first: agent({ delegatesTo: '../second', run: (_task, ctx) => ctx.delegate('second', null) }),
                  second: agent({ delegatesTo: '../third', run: (_task, ctx) => ctx.delegate('third', null) }),
                  third: agent({
                    run: () => {
                      throw new Error('at the bottom');
                    },
                  }),
                },
              }),
            },
          }),
        },
      }),
    );
    const run = await runtime.submit({ type: 'deep', input: null });
    await settle();
    expect(await failureOf(run.result())).toMatchObject({
      details: { at: 'main/team/third', type: 'third', hop: 4 },
      cause: { message: 'at the bottom' },
    });
    await runtime.stop();
  });
});

describe('retries', () => {
  const flaky = (
    options: { readonly retryIf?: (error: unknown) => boolean; readonly limit?: number },
    times: number[],
    clock: () => number,
  ) =>
    solo(
      agent({
        retries: {
          limit: options.limit ?? 3,
          backoff: { initial: 100, factor: 2, max: 300, jitter: 0 },
          ...(options.retryIf === undefined ? {} : { retryIf: options.retryIf }),
        },
        run: () => {
          times.push(clock());
          throw new Error(`failure ${times.length}`);
        },
      }),
    );

  test('come after the backoff, as many as there may be, and the last error counts', async () => {
    const times: number[] = [];
    let now = (): number => 0;
    const { runtime, clock, advance } = await runtimeKit(flaky({}, times, () => now()));
    now = () => clock.now();
    const run = await runtime.submit({ type: 'work', input: null });
    await clock.settle();
    expect(run.state).toBe('retrying');
    await advance(10_000);
    expect(times).toEqual([0, 100, 300, 600]);
    expect(await failureOf(run.result())).toMatchObject({ details: { attempts: 4 }, cause: { message: 'failure 4' } });
    await runtime.stop();
  });

  test('`retryIf` says no, or throws: no more', async () => {
    for (const retryIf of [
      () => false,
      () => {
        throw new Error('undecided');
      },
    ]) {
      const times: number[] = [];
      const { runtime, advance } = await runtimeKit(flaky({ retryIf }, times, () => 0));
      const run = await runtime.submit({ type: 'work', input: null });
      await advance(10_000);
      expect(times).toHaveLength(1);
      expect(run.state).toBe('failed');
      await runtime.stop();
    }
  });

  test('a cancel ends the wait for the next one', async () => {
    const times: number[] = [];
    const { runtime, settle, advance } = await runtimeKit(flaky({}, times, () => 0));
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    await run.cancel();
    await advance(10_000);
    expect(times).toHaveLength(1);
    await runtime.stop();
  });
});

describe('values that a schema refuses', () => {
  const picky = (calls: unknown[], output: unknown) =>
    solo(
      agent({
        retries: { limit: 1, backoff: { initial: 10, jitter: 0 } },
        input: z.object({ count: z.number() }),
        output: z.object({ total: z.number() }),
        run: ({ input }) => {
          calls.push(input);
          return output as { total: number };
        },
      }),
    );

  test('INVALID_INPUT names the paths, nothing runs, nothing is tried again', async () => {
    const calls: unknown[] = [];
    const { runtime, advance, events } = await runtimeKit(picky(calls, { total: 1 }));
    const run = await runtime.submit({ type: 'work', input: { count: 'three' } as never });
    await advance(1_000);
    expect(await failureOf(run.result())).toMatchObject({
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'count' }] },
    });
    expect(calls).toEqual([]);
    expect(events.some((happened) => happened.type === 'run.event' && happened.event.type === 'retried')).toBe(false);
    await runtime.stop();
  });

  test('INVALID_OUTPUT names the agent and the paths, after the retries', async () => {
    const calls: unknown[] = [];
    const { runtime, advance } = await runtimeKit(picky(calls, { total: 'much' }));
    const run = await runtime.submit({ type: 'work', input: { count: 3 } });
    await advance(1_000);
    expect(await failureOf(run.result())).toMatchObject({
      code: 'INVALID_OUTPUT',
      details: { subject: "'main/team/work'", issues: [{ path: 'total' }] },
    });
    expect(calls).toHaveLength(2);
    await runtime.stop();
  });

  test("an orchestrator's input is refused at the door, and made what its schema says once", async () => {
    const topology = defineTopology({
      name: 'door',
      orchestrators: {
        main: orchestrator({
          input: z.string().transform((text) => text.length),
          run: ({ input }) => input + 1,
          directors: { team: director({ agents: { work: agent({ run: () => 1 }) } }) },
        }),
      },
    });
    const { runtime, settle } = await runtimeKit(topology);
    expect(await failureOf(runtime.submit({ type: 'door', input: 5 as never }))).toMatchObject({
      code: 'INVALID_INPUT',
    });
    const run = await runtime.submit({ type: 'door', input: 'four' });
    await settle();
    expect(await run.result()).toBe(5);
    await runtime.stop();
  });
});

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = { value };
  return value;
}

describe('results that are no plain data', () => {
  const refused: readonly (readonly [string, () => unknown])[] = [
    ['B03 a cycle', () => cycle],
    ['B05 a function', () => ({ fn: () => 1 })],
    ['B05 a symbol', () => ({ [Symbol('s')]: 1, symbol: Symbol('s') })],
    ['B05 a promise inside', () => ({ later: Promise.resolve(1) })],
    ['B05 a proxy', () => new Proxy({}, {})],
    [
      'B05 a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
    [
      'B06 a getter that throws',
      () => ({
        get bad() {
          throw new Error('read');
        },
      }),
    ],
    ['B08 depth 65', () => nested(65)],
    ['B08 depth 100,000', () => nested(100_000)],
    ['B09 10 MB and a byte', () => 'x'.repeat(10_485_761)],
    [
      'B12 an object with a `then`',
      () => ({
        then(resolve: (value: number) => void) {
          resolve(1);
        },
      }),
    ],
  ];
  test.each(refused)('%s', async (_what, make) => {
    const error = await errorOf(() => make());
    expect(error).toMatchObject({
      code: 'TASK_FAILED',
      details: { at: 'main/team/work' },
      cause: { code: 'UNSERIALIZABLE' },
    });
  });

  test('B12 a `then` is called neither for what is returned nor for what a generator ends with', async () => {
    let called = 0;
    const thenable = {
      then() {
        called += 1;
      },
    };
    expect(await errorOf(() => thenable)).toMatchObject({ cause: { code: 'UNSERIALIZABLE' } });
    expect(
      await errorOf(function* () {
        yield 1;
        return thenable;
      }),
    ).toMatchObject({ cause: { code: 'UNSERIALIZABLE' } });
    expect(called).toBe(0);
  });

  test('B05 a checkpoint that is none closes its generator', async () => {
    let closed = false;
    const error = await errorOf(function* () {
      try {
        yield () => 1;
      } finally {
        closed = true;
      }
    });
    expect(error).toMatchObject({ cause: { code: 'UNSERIALIZABLE' } });
    expect(closed).toBe(true);
  });

  test('B02 B04 what is plain data arrives as it was, and pollutes nothing', async () => {
    const value = {
      big: 12_345_678_901_234_567_890n,
      date: new Date(5),
      nan: Number.NaN,
      set: new Set([1]),
      bytes: new Uint8Array([1, 2]),
    };
    const { runtime, settle } = await runtimeKit(
      solo(
        agent({
          run: ({ input }) =>
            input === 'plain'
              ? value
              : (JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as object),
        }),
      ),
    );
    const runs = [
      await runtime.submit({ type: 'work', input: 'plain' }),
      await runtime.submit({ type: 'work', input: 'proto' }),
    ];
    await settle();
    expect(await runs[0]?.result()).toEqual(value);
    await runs[1]?.result().catch(() => {});
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    await runtime.stop();
  });

  test('inputs are held to the same, at the door', async () => {
    const { runtime } = await runtimeKit(solo(agent({ run: ({ input }) => input })));
    for (const input of [cycle, nested(65), { fn: () => 1 }, new Proxy({}, {})]) {
      expect(await failureOf(runtime.submit({ type: 'work', input }))).toMatchObject({ code: 'UNSERIALIZABLE' });
    }
    expect(runtime.runs()).toEqual([]);
    await runtime.stop();
  });
});

describe('B14 B15 ends that are told twice or by somebody else', () => {
  test('done, then failed: the first wins and the second is counted', async () => {
    const machine = setup({ types: { events: {} as { type: 'task.assigned'; id: string } } }).createMachine({
      on: {
        'task.assigned': {
          actions: [
            complete(({ event }) => event.id, 'first'),
            fail(({ event }) => event.id, 'second'),
            complete(({ event }) => event.id, 'third'),
          ],
        },
      },
    });
    const { runtime, settle, events } = await runtimeKit(solo(agent({ machine })));
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    expect(await run.result()).toBe('first');
    expect(events.filter(({ type }) => type === 'delegation.late')).toHaveLength(2);
    await runtime.stop();
  });

  test('nobody from outside can end the work of an agent or take it out of the choice', async () => {
    const ends: ((value: string) => void)[] = [];
    const { runtime, settle } = await runtimeKit(
      solo(agent({ run: () => new Promise((resolve) => ends.push(resolve)) })),
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    const worker = runtime.actor('main/team/work');
    for (const type of ['work.done', 'work.failed', 'retry.due'])
      worker?.tell({ type, id: run.id, attempt: 1, retryable: false, random: 0 });
    runtime.actor('main/team')?.tell({ type: 'agent.down', address: 'main/team/work' });
    await settle();
    expect(run.state).toBe('running');
    ends[0]?.('real');
    await settle();
    expect(await run.result()).toBe('real');
    const next = await runtime.submit({ type: 'work', input: null });
    await settle();
    expect(next.state).toBe('running');
    ends[1]?.('too');
    await settle();
    await runtime.stop();
  });

  test('only the runtime may say that a task was assigned, cancelled or delegated', async () => {
    const { runtime } = await runtimeKit(solo(agent({ run: () => 1 })));
    for (const type of ['task.assigned', 'task.cancelled', 'delegation.done', 'delegation.failed', 'xstate.stop']) {
      expect(() => runtime.actor('main/team')?.tell({ type, id: 'x' })).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT' }) as Error,
      );
    }
    await runtime.stop();
  });

  test('an unknown task cannot be completed', async () => {
    const { runtime, settle, events } = await runtimeKit(solo(agent({ run: () => 1 })));
    runtime
      .spawn(
        setup({ types: { events: {} as { type: 'go'; task: TaskSpec } } }).createMachine({
          on: { go: { actions: complete('somebody-elses', 1) } },
        }),
        { id: 'forger' },
      )
      .tell({ type: 'go', task: effect.tell as never });
    await settle();
    expect(events.filter(({ type }) => type === 'delegation.late')).toMatchObject([
      { address: 'forger', task: 'somebody-elses' },
    ]);
    await runtime.stop();
  });
});
