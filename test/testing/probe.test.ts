// Probes: what they record and expect, how they answer, and what they say when an expectation fails.

import { expect, test } from 'vitest';
import { createTestRuntime, type TestRuntime } from '../../src/testing/world/test-runtime.ts';
import { ExpectationError } from '../../src/testing/world/test-expectation.ts';
import { delegator, echo, office, ticker } from './test-runtime-kit.ts';

async function opened(): Promise<TestRuntime> {
  return createTestRuntime(office(), { seed: 7 });
}

async function failureOf(promise: Promise<unknown>): Promise<ExpectationError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof ExpectationError) return error;
  throw error;
}

test('gives the message that was expected, by type, by its fields or by a function', async () => {
  await using world = await opened();
  const probe = world.probe('audience');
  probe.ref.tell({ type: 'a', n: 1, more: 'x' });
  probe.ref.tell({ type: 'a', n: 2 });
  probe.ref.tell({ type: 'a', n: 3 });
  expect(await probe.expectMessage('a')).toEqual({ type: 'a', n: 1, more: 'x' });
  expect(await probe.expectMessage({ type: 'a', n: 2 })).toEqual({ type: 'a', n: 2 });
  expect(await probe.expectMessage(({ n }) => n === 3)).toEqual({ type: 'a', n: 3 });
  expect(probe.messages).toHaveLength(3);
  expect(probe.unread).toEqual([]);
});

test('waits in virtual time', async () => {
  await using world = await opened();
  const probe = world.probe('audience');
  world.runtime.spawn(ticker('audience', 60_000, 1), { id: 'ticker' }).tell({ type: 'begin' });
  await probe.expectMessage('tick', { within: '1m' });
  expect(world.now_ms).toBe(60_000);
});

test('the next message has to be it, and the failure says what came and what is behind it', async () => {
  await using world = await opened();
  const probe = world.probe('audience');
  probe.ref.tell({ type: 'b' });
  probe.ref.tell({ type: 'a' });
  const failure = await failureOf(probe.expectMessage('a'));
  expect(failure.message).toBe(
    [
      "audience: expected 'a' as the next message",
      '  came instead: {"type":"b"} from outside at 0 ms',
      '  behind it: {"type":"a"} from outside at 0 ms',
      '  { skip: true } passes over what comes before',
      '  pending: nothing',
      '  seed 7, 0 ms of virtual time',
    ].join('\n'),
  );
  expect(failure).toMatchObject({ actual: { type: 'b' }, seed: 7, at_ms: 0 });
  expect(await probe.expectMessage('a', { skip: true })).toEqual({ type: 'a' });
});

test('a message that never comes: the failure says when nothing is due any more, and what is pending', async () => {
  await using world = await opened();
  const probe = world.probe('audience');
  const idle = await failureOf(probe.expectMessage({ type: 'a', n: 1 }, { within: '5s' }));
  expect(idle.message).toContain(
    'audience: expected {"type":"a","n":1} within 5.0 s; nothing is due in virtual time any more\n  nothing came',
  );
  world.runtime.spawn(ticker('audience', 10_000, 1), { id: 'ticker' }).tell({ type: 'begin' });
  const late = await failureOf(probe.expectMessage('tick'));
  expect(late.message).toContain("expected 'tick' within 3.0 s\n");
  expect(late.pending).toEqual(['the next timer is due in 7.0 s']);
  await probe.expectMessage('tick', { within: '7s' });
  probe.ref.tell({ type: 'b' });
  const skipped = await failureOf(probe.expectMessage('a', { skip: true, within: 0 }));
  expect(skipped.message).toContain('came instead: {"type":"b"} from outside at 10.0 s');
});

test('expectNoMessage passes the whole time, and fails on what comes or had come', async () => {
  await using world = await opened();
  const probe = world.probe('audience');
  await probe.expectNoMessage({ within: '2s' });
  expect(world.now_ms).toBe(2_000);
  world.runtime.spawn(ticker('audience', 1_000, 2), { id: 'ticker' }).tell({ type: 'begin' });
  await probe.expectNoMessage({ within: 999 });
  const failure = await failureOf(probe.expectNoMessage({ within: '1s' }));
  expect(failure.message).toContain(
    'audience: expected no message\n  came: {"type":"tick","n":1} from ticker at 3.0 s',
  );
  await failureOf(probe.expectNoMessage({ within: 0 }));
  probe.forget();
  await probe.expectNoMessage({ within: 0 });
});

test('answers the message that was expected, to who asked and to who told', async () => {
  await using world = await opened();
  const [left, right] = [world.probe('left'), world.probe('right')];
  const answer = left.ref.ask({ type: 'question' });
  await left.expectMessage('question');
  left.reply({ type: 'answer' });
  expect(await world.result(answer)).toEqual({ type: 'answer' });
  right.tell('left', { type: 'hello' });
  await left.expectMessage('hello');
  expect(left.sender).toBe('right');
  left.reply({ type: 'hello yourself' });
  await right.expectMessage('hello yourself');
});

test('refuses to answer before a message was expected, and to send what is no event', async () => {
  await using world = await opened();
  const probe = world.probe('audience');
  probe.ref.tell({ type: 'a' });
  await world.settle();
  expect(() => {
    probe.reply({ type: 'b' });
  }).toThrow('audience: there is no message to reply to; expect one first\n  unread: {"type":"a"}');
  expect(() => {
    probe.tell('main', { type: 'task.assigned' });
  }).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }) as Error);
  await probe.expectMessage('a');
  expect(() => {
    probe.reply('b' as never);
  }).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }) as Error);
});

test('answers by itself when it is told how', async () => {
  await using world = await opened();
  const oracle = world.probe('oracle', {
    answer: ({ type }) => (type === 'ask' ? { type: 'answer' } : undefined),
  });
  expect(await world.result(oracle.ref.ask({ type: 'ask' }))).toEqual({ type: 'answer' });
  await expect(world.result(oracle.ref.ask({ type: 'else' }))).rejects.toMatchObject({ code: 'ASK_TIMEOUT' });
  expect(oracle.messages).toEqual([{ type: 'ask' }, { type: 'else' }]);
});

test('takes a delegated task and settles it', async () => {
  await using world = await opened();
  const [boss, clerk] = [world.probe('boss'), world.probe('clerk')];
  world.runtime.spawn(delegator('clerk', 'boss'), { id: 'office' }).tell({ type: 'a letter' });
  const { id } = await clerk.expectMessage('task.assigned');
  clerk.reply({ type: 'task.done', output: 'filed' });
  await boss.expectMessage({ type: 'outcome', of: { type: 'delegation.done', id, output: 'filed' } });
});

test('expectTerminated tells a stop, an end and a crash for good from a restart', async () => {
  await using world = await opened();
  const probe = world.probe('audience');
  const stopped = world.runtime.spawn(echo, { id: 'stopped' });
  const stopping = stopped.stop();
  expect(await probe.expectTerminated(stopped)).toEqual({ address: 'stopped', reason: 'shutdown' });
  await stopping;
  world.runtime.spawn(echo, { id: 'stopped' }); // another one at its address
  expect(await probe.expectTerminated(stopped)).toEqual({ address: 'stopped', reason: 'shutdown' });
  const ended = world.runtime.spawn(echo, { id: 'ended' });
  ended.tell({ type: 'end' });
  expect(await probe.expectTerminated('ended')).toEqual({ address: 'ended', reason: 'normal' });
  expect(await probe.expectTerminated('ended')).toEqual({ address: 'ended', reason: 'normal' });
  const restarted = world.runtime.spawn(echo, { id: 'restarted', child: 'permanent' });
  restarted.tell({ type: 'crash' });
  const failure = await failureOf(probe.expectTerminated(restarted));
  expect(failure.message).toContain("audience: expected 'restarted' to end within 3.0 s");
  expect(failure.message).toContain(', but it lives');
  expect(world.eventsOf('actor.restarting')).toHaveLength(3); // the message is tried three times
});

test('expectTerminated does not take a misspelt address for an end', async () => {
  await using world = await opened();
  const failure = await failureOf(world.probe('audience').expectTerminated('nobdy'));
  expect(failure.message).toContain("expected 'nobdy' to end, but nobody has lived there");
});

test('is told when an actor that it watches ends', async () => {
  await using world = await opened();
  const probe = world.probe('audience');
  const ended = world.runtime.spawn(echo, { id: 'ended' });
  probe.watch(ended);
  ended.tell({ type: 'end' });
  await probe.expectMessage({ type: 'actor.terminated', address: 'ended', reason: 'normal' });
});

test('stands under a parent when it is told to, and is found there by its neighbours', async () => {
  await using world = await opened();
  const probe = world.probe('audience', { parent: 'main/team' });
  world.runtime.spawn(ticker('../audience', 10, 1), { id: 'ticker', parent: 'main/team' }).tell({ type: 'begin' });
  await probe.expectMessage('tick');
  expect(probe.sender).toBe('main/team/ticker');
});

test('messages that were dropped unread are not passed over in silence', async () => {
  await using world = await opened();
  const probe = world.probe('audience');
  for (let round = 0; round <= 10; round++) {
    for (let n = 0; n < 1_000; n++) probe.ref.tell({ type: 'a', n });
    await world.settle();
  }
  const failure = await failureOf(probe.expectMessage('a'));
  expect(failure.message).toContain('audience: 1000 messages were dropped unread');
  probe.forget();
  probe.ref.tell({ type: 'b' });
  await probe.expectMessage('b');
});

test('an expectation of nothing that can be a message is refused', async () => {
  await using world = await opened();
  await expect(world.probe('audience').expectMessage(undefined as never)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
  });
  await expect(world.probe('other').expectMessage('a', { within: '3 s' as never })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
  });
});
