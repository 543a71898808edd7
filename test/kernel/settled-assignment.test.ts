// A task that has been cancelled before it was read is not assigned any more, whoever the actor is.

import { expect, test } from 'vitest';
import { kernelKit } from './kernel-kit.ts';
import { listener } from './players.ts';

test('D07 a task that is cancelled before it has been read is not handed over', async () => {
  const { kernel, settle } = kernelKit();
  const { logic, heard } = listener();
  kernel.spawn(logic, { id: 'a' });
  const delegation = kernel.delegate({ to: 'a', task: { id: 't', type: 'work' }, within: undefined });
  kernel.delegations.cancel(delegation, 'no need');
  kernel.lookup('a')?.tell({ type: 'next' });
  await settle();
  expect(heard.map(({ type }) => type)).toEqual(['task.cancelled', 'next']);
});
