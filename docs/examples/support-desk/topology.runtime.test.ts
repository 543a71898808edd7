// The whole desk on the real runtime, on virtual time: two seconds of patience and a minute of rush pass in no time, the
// seed decides who has the next turn, and the process may die.

import { isDeepStrictEqual } from 'node:util';
import { createTestRuntime } from 'troupe/testing';
import { describe, expect, test } from 'vitest';
import topology from './topology.ts';
import { patience_ms, rush_ms } from './triage.ts';

const ticket = (question: string, urgent = false) => ({
  type: 'ticket' as const,
  input: { customer: 'Ada', question, urgent },
});

/** The state of a machine, as XState names it. */
const valueOf = (snapshot: unknown): unknown => (snapshot as { readonly value?: unknown } | undefined)?.value;

const slow = {
  answer: 'We looked into "please call me back": it is fixed.',
  by: 'expert',
  escalated: `the front line did not answer within ${patience_ms} ms`,
};

test('a ticket whose answer never comes is escalated when the patience is over, and not before', async () => {
  await using desk = await createTestRuntime(topology, { seed: 7 });
  const triage = desk.runtime.actor('desk/triage');
  const isCalm = (): boolean => isDeepStrictEqual(valueOf(triage?.snapshot()), { ticket: 'none', pressure: 'calm' });
  const run = await desk.submit(ticket('please call me back'));
  await desk.advance(patience_ms - 1);
  expect(triage?.snapshot()).toMatchObject({ value: { ticket: 'atFrontline', pressure: 'calm' } });
  await desk.advance(1);
  expect(triage?.snapshot()).toMatchObject({ value: { ticket: 'none', pressure: 'rushed' } });
  expect(await desk.result(run)).toEqual(slow);
  await desk.until(isCalm, { within: rush_ms });
  expect(desk.now_ms).toBe(patience_ms + rush_ms);
});

test('a ticket that was answered before the desk died has its answer in the next life', async () => {
  await using desk = await createTestRuntime(topology, { seed: 7 });
  const { id } = await desk.submit(ticket('I forgot my password'));
  desk.crash();
  await desk.restart({ downFor: '1m' });
  const run = desk.runtime.find(id);
  expect(run === undefined ? 'it is lost' : await desk.result(run)).toMatchObject({ by: 'frontline' });
  expect(await desk.run(ticket('where is my refund?'))).toMatchObject({ by: 'frontline' });
});

test.each([1, 2, 3, 4])(
  'a ticket that is open when the desk dies is answered by the next one: seed %i',
  async (seed) => {
    await using desk = await createTestRuntime(topology, { seed });
    const { id } = await desk.submit(ticket('please call me back'));
    await desk.advance(patience_ms / 2);
    desk.crash();
    await desk.restart({ downFor: '1m' });
    const run = desk.runtime.find(id);
    expect(run === undefined ? 'it is lost' : await desk.result(run)).toMatchObject({
      answer: slow.answer,
      by: 'expert',
    });
  },
);

describe('whoever has the next turn', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('every ticket has its own answer: seed %i', async (seed) => {
    await using desk = await createTestRuntime(topology, { seed });
    const questions = ['I forgot my password', 'the export is empty', 'please call me back', 'where is my refund?'];
    const answers = questions.map((question) => desk.runtime.run(ticket(question)));
    expect((await desk.result(Promise.all(answers))).map(({ by }) => by)).toEqual([
      'frontline',
      'expert',
      'expert',
      'frontline',
    ]);
    expect(desk.deadLetters()).toEqual([]);
  });
});
