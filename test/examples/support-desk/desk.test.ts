// The support desk on virtual time: the user's own machine as a director, from a ticket to its resolution.

import { expect, test } from 'vitest';
import topology from '../../../docs/examples/support-desk/topology.ts';
import { patience_ms, rush_ms, waiting_count } from '../../../docs/examples/support-desk/triage.ts';
import { type RuntimeKit, runtimeKit } from '../../runtime/runtime-kit.ts';

type Kit = RuntimeKit<typeof topology>;

const ticket = (question: string, urgent = false) => ({
  type: 'ticket' as const,
  input: { customer: 'Ada', question, urgent },
});

function deskState({ runtime }: Kit): unknown {
  return (runtime.actor('desk/triage')?.snapshot() as { readonly value?: unknown } | undefined)?.value;
}

/** Who started working on what, in order. */
function started({ events }: Kit): string[] {
  return events.flatMap((event) =>
    event.type === 'run.event' && event.event.type === 'started'
      ? [`${event.event.taskType} at ${event.event.address}`]
      : [],
  );
}

test('the front line answers what it knows', async () => {
  const kit = await runtimeKit(topology);
  const run = await kit.runtime.submit(ticket('I forgot my password'));
  await kit.settle();
  expect(await run.result()).toEqual({
    answer: 'Open the sign-in page and choose "Forgot password".',
    by: 'frontline',
  });
  expect(deskState(kit)).toEqual({ ticket: 'none', pressure: 'calm' });
  await kit.runtime.stop();
});

test('what the front line cannot answer goes to an expert, with the reason', async () => {
  const kit = await runtimeKit(topology);
  const run = await kit.runtime.submit(ticket('the export is empty'));
  await kit.settle();
  expect(await run.result()).toEqual({
    answer: 'We looked into "the export is empty": it is fixed.',
    by: 'expert',
    escalated: 'there is no standard answer',
  });
  expect(deskState(kit)).toEqual({ ticket: 'none', pressure: 'rushed' });
  await kit.advance(rush_ms);
  expect(deskState(kit)).toEqual({ ticket: 'none', pressure: 'calm' });
  await kit.runtime.stop();
});

test('when the front line takes too long the desk follows up, and the work there is stopped', async () => {
  const kit = await runtimeKit(topology);
  const run = await kit.runtime.submit(ticket('please call me back'));
  await kit.advance(patience_ms - 1);
  expect(deskState(kit)).toEqual({ ticket: 'atFrontline', pressure: 'calm' });
  await kit.advance(1);
  expect(await run.result()).toMatchObject({ by: 'expert', escalated: 'the front line did not answer within 2000 ms' });
  expect(kit.events).toContainEqual(
    expect.objectContaining({
      type: 'run.event',
      event: expect.objectContaining({ type: 'cancelled', taskType: 'answer', reason: 'it took too long' }),
    }),
  );
  await kit.runtime.stop();
});

test('in a rush urgent tickets go to an expert at once', async () => {
  const kit = await runtimeKit(topology);
  await kit.runtime.submit(ticket('the export is empty'));
  await kit.settle();
  const run = await kit.runtime.submit(ticket('where is my invoice?', true));
  await kit.settle();
  expect(await run.result()).toMatchObject({ by: 'expert', escalated: 'it is urgent and the desk is rushed' });
  expect(started(kit)).toEqual([
    'answer at desk/triage/frontline:1',
    'investigate at desk/triage/expert',
    'investigate at desk/triage/expert',
  ]);
  await kit.runtime.stop();
});

test('an expert who fails is tried again, then the ticket fails with the whole story', async () => {
  const kit = await runtimeKit(topology);
  const run = await kit.runtime.submit(ticket('my account is haunted'));
  await kit.advance(1_000);
  expect(run.status().state).toBe('failed');
  await expect(run.result()).rejects.toMatchObject({
    code: 'TASK_FAILED',
    details: { type: 'investigate', at: 'desk/triage/expert', hop: 2, attempts: 2 },
    cause: expect.objectContaining({ message: 'nobody can explain this' }) as unknown,
  });
  await kit.runtime.stop();
});

test('tickets wait their turn; one that is cancelled meanwhile is never started; one too many is turned away', async () => {
  const kit = await runtimeKit(topology);
  const first = await kit.runtime.submit(ticket('please call me back'));
  const waiting = await Promise.all(
    Array.from({ length: waiting_count }, (_, index) => kit.runtime.submit(ticket(`refund number ${index}`))),
  );
  const tooMany = await kit.runtime.submit(ticket('one more refund'));
  await kit.settle();
  expect(tooMany.status().state).toBe('failed');
  const cancelling = waiting[3]?.cancel('found it myself');
  await kit.advance(patience_ms);
  await cancelling;
  expect(first.status().state).toBe('done');
  expect(waiting.map((run) => run.status().state)).toEqual(
    waiting.map((_, index) => (index === 3 ? 'cancelled' : 'done')),
  );
  expect(started(kit).filter((line) => line.startsWith('answer'))).toHaveLength(waiting_count);
  await kit.runtime.stop();
});

test('cancelling the ticket in hand stops the work for it and takes the next one', async () => {
  const kit = await runtimeKit(topology);
  const first = await kit.runtime.submit(ticket('please call me back'));
  const second = await kit.runtime.submit(ticket('a refund, please'));
  await kit.settle();
  await Promise.all([first.cancel('never mind'), kit.settle()]);
  expect(first.status().state).toBe('cancelled');
  expect(await second.result()).toMatchObject({ by: 'frontline' });
  await kit.runtime.stop();
});

test('a ticket that is none is refused before anybody sees it', async () => {
  const kit = await runtimeKit(topology);
  await expect(kit.runtime.submit({ type: 'ticket', input: { customer: '', question: 'why?' } })).rejects.toMatchObject(
    { code: 'INVALID_INPUT', details: { issues: [{ path: 'customer' }] } },
  );
  await kit.runtime.stop();
});
