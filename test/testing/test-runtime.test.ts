// The test runtime's time: what steps it, what waits in it, and what is said when a wait can't end.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import type { ExpectationError } from '../../src/testing/world/test-expectation.ts';
import { createTestRuntime } from '../../src/testing/world/test-runtime.ts';
import { echo, office, ticker } from './test-runtime-kit.ts';

const failing = async (promise: Promise<unknown>): Promise<ExpectationError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as ExpectationError,
  );

test('a timer that arms itself again fires as often as it is due', async () => {
  await using world = await createTestRuntime(office());
  const probe = world.probe('audience');
  world.runtime.spawn(ticker('audience', 100, 50), { id: 'ticker' }).tell({ type: 'begin' });
  await world.advance('1s');
  expect(probe.messages).toHaveLength(10);
  expect(world.now_ms).toBe(1_000);
});

test('steps from timer to timer, and says how much time that took', async () => {
  await using world = await createTestRuntime(office());
  const probe = world.probe('audience');
  const took = [await world.step()];
  world.runtime.spawn(ticker('audience', 250, 2), { id: 'ticker' }).tell({ type: 'begin' });
  took.push(await world.step(), await world.step(), await world.step());
  expect(took).toEqual([undefined, 250, 250, undefined]);
  expect(probe.messages).toHaveLength(2);
});

test('nothing happens unless time is moved, and settle moves messages only', async () => {
  await using world = await createTestRuntime(office());
  const probe = world.probe('audience');
  world.runtime.spawn(ticker('audience', 0.5, 1), { id: 'ticker' }).tell({ type: 'begin' });
  probe.ref.tell({ type: 'a' });
  expect(probe.messages).toEqual([]);
  await world.settle();
  expect(probe.messages).toEqual([{ type: 'a' }]);
  expect(world.now_ms).toBe(0);
});

test('an after of a machine fires in virtual time', async () => {
  await using world = await createTestRuntime(office());
  const lamp = createMachine({ initial: 'on', states: { on: { after: { 86_400_000: 'off' } }, off: {} } });
  const ref = world.runtime.spawn(lamp, { id: 'lamp' });
  await world.until(() => ref.snapshot()?.value === 'off', { within: '24h' });
  expect(world.now_ms).toBe(86_400_000);
});

test('until gives what it waited for, and may be asked of promises', async () => {
  await using world = await createTestRuntime(office());
  const probe = world.probe('audience');
  world.runtime.spawn(ticker('audience', 100, 9), { id: 'ticker' }).tell({ type: 'begin' });
  expect(await world.until(() => probe.messages.at(4)?.type)).toBe('tick');
  expect(world.now_ms).toBe(500);
  expect(await world.until(async () => probe.messages.length > 6)).toBe(true);
  expect(world.now_ms).toBe(700);
});

test('until says what it waited for, what it got and what is pending', async () => {
  await using world = await createTestRuntime(
    office(() => new Promise(() => {})),
    { seed: 3, store: false },
  );
  const run = await world.submit({ type: 'job', input: 'wait for ever' });
  const failure = await failing(world.until(() => run.isOver, { within: '1s' }));
  expect(failure.message).toBe(
    [
      'until () => run.isOver: it did not hold within 1.0 s',
      '  received: false',
      `  pending: run ${run.id} of 'job' is running for 1.0 s; the next timer is due in 9 m 59 s`,
      '  seed 3, 1.0 s of virtual time',
    ].join('\n'),
  );
  expect(failure.name).toBe('ExpectationError');
});

test('result drives a run, the promise of one, and any promise, to its end', async () => {
  await using world = await createTestRuntime(office());
  const job = { type: 'job', input: 'a' } as const;
  expect(await world.result(world.runtime.submit(job))).toBe('done: a');
  expect(await world.result(await world.submit(job))).toBe('done: a');
  expect(await world.run(job)).toBe('done: a');
  expect(await world.result(world.runtime.spawn(echo, { id: 'echo' }).ask({ type: 'ping', n: 4 }))).toMatchObject({
    n: 4,
  });
  const failed = await createTestRuntime(office(() => Promise.reject(new Error('no'))));
  await expect(failed.run(job)).rejects.toMatchObject({ code: 'TASK_FAILED' });
  await failed.stop();
});

test('a time-out comes in no time', async () => {
  await using world = await createTestRuntime(office(() => new Promise(() => {})));
  const silent = world.probe('silent');
  await expect(world.result(silent.ref.ask({ type: 'a' }, { timeout: '1h' }))).rejects.toMatchObject({
    code: 'ASK_TIMEOUT',
  });
  await expect(world.run({ type: 'job', input: 'wait' }, { timeout: '2h' })).rejects.toMatchObject({
    code: 'TASK_TIMEOUT',
  });
  expect(world.now_ms).toBe(3 * 3_600_000);
});

test('a promise that nothing can settle is a failure that says why', async () => {
  await using world = await createTestRuntime(office());
  const failure = await failing(world.result(new Promise(() => {})));
  expect(failure.message).toContain('result: it is open within 24 h 0 m; nothing is due in virtual time any more');
  expect(failure.message).toContain('agent or actor code waits for a real timer, a socket or a thread');
  expect(world.now_ms).toBe(0);
});

test('what is pending: runs, asks, unread messages, actors that are down, the next timer', async () => {
  await using world = await createTestRuntime(
    office(() => new Promise(() => {})),
    { store: false },
  );
  for (let n = 0; n < 7; n++) await world.submit({ type: 'job', input: `${n}` }, { timeout: '1h' });
  world
    .probe('silent')
    .ref.ask({ type: 'a' }, { timeout: '2h' })
    .catch(() => {});
  world.runtime.spawn(echo, { id: 'echo', child: 'permanent' }).tell({ type: 'crash' });
  const { pending } = await failing(world.until(() => false, { within: 50 }));
  const [first] = world.runtime.runs();
  expect(pending[0]).toBe(`run ${first?.id} of 'job' is running for 50 ms`);
  expect(pending.slice(5)).toEqual([
    '2 more runs',
    'asks without an answer: 1',
    'echo is suspended, 1 unread',
    expect.stringMatching(/^the next timer is due in \d+ ms$/),
  ]);
});

test('what comes by turns of the real event loop is waited for', async () => {
  await using world = await createTestRuntime(office());
  let left = 50;
  const real = new Promise<string>((resolve) => {
    const turn = (): void => {
      left -= 1;
      if (left === 0) resolve('real');
      else setImmediate(turn);
    };
    turn();
  });
  expect(await world.result(real)).toBe('real');
});

test('time stands still while a file is read', async () => {
  const own = fileURLToPath(import.meta.url);
  await using world = await createTestRuntime(office(async () => (await readFile(own, 'utf8')).length));
  world.probe('audience');
  world.runtime.spawn(ticker('audience', 1, 1_000), { id: 'ticker' }).tell({ type: 'begin' });
  const run = await world.submit({ type: 'job', input: 'read' });
  await world.settle();
  expect(run.state).toBe('done');
  expect(world.now_ms).toBe(0);
});

test('two calls that move time at once are refused', async () => {
  await using world = await createTestRuntime(office());
  const first = world.advance('1s');
  await expect(world.settle()).rejects.toThrow('settle is "called while advance moves time"; it takes one call at a');
  await first;
  await world.settle();
});

test('stopping waits for a wait that nobody waits for', async () => {
  const world = await createTestRuntime(office());
  const left = world.advance('1s');
  await world.stop();
  await left;
  expect(world.now_ms).toBe(1_000);
});

test('actors that answer each other for ever fail the test instead of hanging it', async () => {
  await using world = await createTestRuntime(office(), { scheduling: 'in order' });
  const answer = ({ type }: { readonly type: string }) => ({ type });
  world.probe('left', { answer });
  world.probe('right', { answer }).tell('left', { type: 'ball' });
  const failure = await failing(world.settle());
  expect(failure.message).toContain('settle: it never comes to rest');
  expect(failure.message).toContain('actors that answer each other for ever');
  world.crash();
});

test('a timer that arms itself again at once fails the test instead of hanging it', async () => {
  await using world = await createTestRuntime(office());
  world.probe('audience');
  world.runtime.spawn(ticker('audience', 0, Number.POSITIVE_INFINITY), { id: 'ticker' }).tell({ type: 'begin' });
  expect((await failing(world.advance('1s'))).message).toContain('advance: it never comes to rest');
  world.crash();
});

test('the calendar begins where it is told to, and may jump without time passing', async () => {
  const startAt = new Date(Date.UTC(2030, 5, 1));
  await using world = await createTestRuntime(office(), { startAt });
  world.runtime.actor('main')?.tell({ type: 'nobody wants this' });
  world.setWall(Date.UTC(2031, 0, 1));
  await world.run({ type: 'job', input: 'a' });
  expect(world.eventsOf('runtime.started')[0]?.at).toBe(startAt.getTime());
  expect(world.eventsOf('run.ended')[0]?.at).toBe(Date.UTC(2031, 0, 1));
  expect(world.now_ms).toBe(0);
  expect(() => {
    world.setWall(new Date('never'));
  }).toThrow('date is');
});

test('events and dead letters are there to be looked at', async () => {
  await using world = await createTestRuntime(office());
  world.probe('audience').tell('nobody', { type: 'hello' });
  await world.settle();
  expect(world.deadLetters()).toMatchObject([{ to: 'nobody', from: 'audience', reason: 'no such actor' }]);
  expect(world.eventsOf('message.dead')).toHaveLength(1);
  expect(world.events.map(({ type }) => type)).toContain('runtime.started');
});

test.each([
  [{ seed: -1 }, 'seed is -1'],
  [{ seed: 1.5 }, 'seed is 1.5'],
  [{ store: './data' }, 'store is "./data"'],
  [{ store: { faults: { eaten: 1 } } }, 'faults is "eaten"'],
  [{ scheduling: 'fair' }, 'scheduling is "fair"'],
  [{ startAt: 'today' }, 'startAt is "today"'],
  [{ sed: 7 }, 'sed is "an unknown option"'],
])('refuses %j', async (options, problem) => {
  await expect(createTestRuntime(office(), options as never)).rejects.toThrow(problem);
});
