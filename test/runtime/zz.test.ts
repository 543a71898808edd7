import { test } from 'vitest';
import { setup } from 'xstate';
import { agent, fail } from 'troupe';
import { runtimeKit, solo } from './runtime-kit.ts';
test('x', async () => {
  const make = () => Object.defineProperties(new Error('x'), { message: { get() { throw new Error('message'); } }, name: { get() { throw new Error('name'); } }, stack: { get() { throw new Error('stack'); } } });
    const machine = setup({ types: { events: {} as { type: 'task.assigned'; id: string } } }).createMachine({
      on: { 'task.assigned': { actions: fail(({ event }) => event.id, () => make()) } },
    });
    const { runtime, settle, events } = await runtimeKit(solo(agent({ machine })));
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    for (const e of events) if (e.type !== 'run.event') console.log(e.type, e.type==='actor.crashed' ? String((e.error as Error).stack) : '');
});
