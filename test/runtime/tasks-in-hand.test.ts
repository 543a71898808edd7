// A director with a machine of its own keeps the tasks it has in hand over a restart: it is not given them twice, may
// delegate on their behalf from its first moment on, and whoever delegates them again has what it answers.

import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { agent, complete, defineTopology, delegate, director, limits, orchestrator } from 'troupe';
import { type EventObject, setup } from 'xstate';
import desk from '../../docs/examples/support-desk/topology.ts';
import type { StoreWrite } from '../../src/store/port.ts';
import { createTestRuntime } from '../../src/testing/world/test-runtime.ts';
import { type EndRecord, recordFormat } from '../../src/work/records.ts';
import { Between, eventsOf, type Life, Lives, submitted } from './durable-kit.ts';
import { failureOf, Gate } from './runtime-kit.ts';

const question = 'please call me back';
const ticket = { customer: 'Ada', question, urgent: false };
const answer = { by: 'expert', answer: `We looked into "${question}": it is fixed.` };

describe('the support desk', () => {
  test('dies with a ticket at its front line, and an expert answers it in the next life', async () => {
    const lives = new Lives();
    const first = await lives.begin(desk);
    const run = await submitted(first, 'ticket', ticket);
    await first.advance(1_000);
    first.kill();
    const second = await lives.begin(desk, 1);
    const result = second.runtime.find(run)?.result();
    await second.advance(0);
    expect(await result).toMatchObject(answer);
    expect(eventsOf(second.events, 'delegation.refused')).toEqual([]);
    expect(second.runtime.actor('desk/triage')?.snapshot()).toMatchObject({
      context: { current: undefined, waiting: [] },
    });
    void second.runtime.stop();
  });

  test.each([0, 1, 2, 3, 4, 5])('answers every ticket, whenever it dies: seed %i', async (seed) => {
    await using kit = await createTestRuntime(desk, { seed });
    const questions = [question, 'I forgot my password', 'the export is empty', question];
    const runs: string[] = [];
    for (const each of questions) {
      // oxlint-disable-next-line no-await-in-loop
      runs.push((await kit.submit({ type: 'ticket', input: { ...ticket, question: each } })).id);
    }
    for (let life = 0; life < 3; life++) {
      // oxlint-disable-next-line no-await-in-loop
      for (let step = 0; step < seed; step++) await kit.step();
      kit.crash();
      // oxlint-disable-next-line no-await-in-loop
      await kit.restart({ downFor: 1 });
    }
    for (const id of runs) {
      const run = kit.runtime.find(id);
      if (run === undefined) throw new Error('it is lost');
      // oxlint-disable-next-line no-await-in-loop
      expect(await kit.result(run)).toMatchObject({ answer: expect.any(String) as string });
    }
    expect(kit.eventsOf('delegation.refused')).toEqual([]);
  });
});

interface Heard extends EventObject {
  readonly id?: string;
  readonly output?: unknown;
  readonly error?: { readonly code: string };
}

/** A director that gives its task to its worker, and once more when that was interrupted; it keeps what it hears. */
function house(heard: Heard[], run: (ctx: { attempt: number; charge: () => Promise<unknown> }) => Promise<unknown>) {
  const taskOf = ({ event }: { readonly event: Heard }): string => (event.id ?? '').replace('.work', '');
  const hear = ({ event }: { readonly event: Heard }): void => {
    heard.push(event);
  };
  const passOn = delegate(
    './worker',
    (args: { readonly event: Heard }) => ({ id: `${taskOf(args)}.work`, type: 'work' }),
    (args) => ({ for: taskOf(args) }),
  );
  const machine = setup({ types: { events: {} as Heard } }).createMachine({
    on: {
      'task.assigned': { actions: [hear, passOn] },
      'task.cancelled': { actions: hear },
      'delegation.failed': { guard: ({ event }) => event.error?.code === 'INTERRUPTED', actions: [hear, passOn] },
      'delegation.done': {
        actions: complete(taskOf, ({ event }: { readonly event: Heard }) => event.output as string),
      },
    },
  });
  const worker = agent({
    accepts: 'work',
    run: (_task, ctx) =>
      run({ attempt: ctx.attempt, charge: () => ctx.step('charge', () => `charged in attempt ${ctx.attempt}`) }),
  });
  const team = director({ accepts: 'job', machine, agents: { worker } });
  return defineTopology({ name: 'house', orchestrators: { main: orchestrator({ directors: { team } }) } });
}

/** Begins life after life until one ends otherwise. */
async function dieAgain(lives: Lives, life: Life<never>, topology: ReturnType<typeof house>, times: number) {
  let last = life;
  for (let deaths = 0; deaths < times; deaths++) {
    last.kill();
    // oxlint-disable-next-line no-await-in-loop
    last = (await lives.begin(topology)) as unknown as Life<never>;
    // oxlint-disable-next-line no-await-in-loop
    await last.settle();
  }
  return last;
}

/** Keeps that runs are taken up again when a test says so. */
class SlowToResume extends Between {
  readonly asked = new Gate();
  readonly let = new Gate();

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    if (writes.some(({ key }) => key.startsWith('resume/'))) {
      this.asked.open();
      await this.let.promise;
    }
    await super.commit(writes);
  }
}

describe('what a director delegates before its task is given to it again', () => {
  test('has what it had finished, and is counted with its attempts', async () => {
    let gate = new Gate();
    const heard: Heard[] = [];
    const attempts: number[] = [];
    const topology = house(heard, async ({ attempt, charge }) => {
      attempts.push(attempt);
      const charged = await charge();
      await gate.promise;
      return charged;
    });
    const lives = new Lives();
    const first = await lives.begin(topology);
    const run = await submitted(first as unknown as Life<never>, 'job', 1);
    await first.settle();
    first.kill();
    gate = new Gate();
    gate.open();
    const store = new SlowToResume(lives.inner);
    const beginning = lives.begin(topology, 1_000, { store });
    await store.asked.promise;
    await setImmediate(); // whatever is ready has run: the kernel is up, and the runs have not been taken up
    expect(heard.map(({ type }) => type)).toEqual(['task.assigned', 'delegation.failed']);
    expect(attempts).toEqual([1]);
    store.let.open();
    const second = await beginning;
    await second.settle();
    expect(await second.runtime.find(run)?.result()).toBe('charged in attempt 1');
    expect(attempts).toEqual([1, 2]);
    expect(heard.map(({ type }) => type)).toEqual(['task.assigned', 'delegation.failed']);
    void second.runtime.stop();
  });

  test('is not begun for a run whose end was the last that was kept of it', async () => {
    const heard: Heard[] = [];
    let begun = 0;
    const topology = house(heard, () => {
      begun += 1;
      return new Promise(() => {});
    });
    const lives = new Lives();
    const first = (await lives.begin(topology)) as unknown as Life<never>;
    const run = await submitted(first, 'job', 1);
    await first.settle();
    first.kill();
    const now = first.clock.wall();
    const end: EndRecord = { format: recordFormat, type: 'job', acceptedAt: now, endedAt: now, state: 'cancelled' };
    await lives.inner.commit([{ key: `end/${run}`, value: end }]);
    const second = await lives.begin(topology);
    await second.settle();
    expect(begun).toBe(1);
    expect(heard.slice(1)).toMatchObject([
      { type: 'delegation.failed', id: `${run}.work` },
      { type: 'task.cancelled', id: run, reason: 'its run is over' },
    ]);
    void second.runtime.stop();
  });

  test('is not begun for a run that has brought its process down too often: the director hears that it is over', async () => {
    const heard: Heard[] = [];
    let begun = 0;
    const topology = house(heard, () => {
      begun += 1;
      return new Promise(() => {});
    });
    const lives = new Lives();
    const first = (await lives.begin(topology)) as unknown as Life<never>;
    const run = await submitted(first, 'job', 1);
    await first.settle();
    const last = await dieAgain(lives, first, topology, limits.task.recoveries_count + 1);
    expect(begun).toBe(limits.task.recoveries_count + 1);
    const { runtime } = last;
    expect((await failureOf(runtime.find(run)?.result() ?? Promise.resolve())).code).toBe('TASK_FAILED');
    expect(heard.filter(({ type }) => type === 'task.assigned')).toHaveLength(1);
    expect(heard.filter(({ type }) => type === 'task.cancelled')).toMatchObject([
      { id: expect.stringContaining(run) as string, reason: 'its run is over' },
    ]);
    void runtime.stop();
  });
});
