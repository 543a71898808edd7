// V8: long sessions stay flat. What is over is pruned by age, a run has the time of a session at most, and a session
// goes on from what is kept of it. (Versions of states and their pruning: test/store.)

import { expect, test } from 'vitest';
import { agent, defineTopology, director, orchestrator } from 'troupe';
import { Lives, over, submitted } from '../runtime/durable-kit.ts';
import { solo } from '../runtime/runtime-kit.ts';

const never = solo(agent({ run: () => new Promise(() => {}) }));

test('V8 runs that are over are pruned when they are older than the past is kept, with all that belongs to them', async () => {
  const topology = defineTopology({
    name: 'short',
    retention: { age: '1h' },
    orchestrators: {
      main: orchestrator({ directors: { team: director({ agents: { work: agent({ run: () => 1 }) } }) } }),
    },
  });
  const lives = new Lives();
  const first = await lives.begin(topology);
  const old = await submitted(first, 'work', 'old', { idempotencyKey: 'old' });
  await first.advance(1_800_000);
  const young = await submitted(first, 'work', 'young');
  await first.settle();
  expect(lives.keys()).toEqual([`end/${old}`, `end/${young}`, 'idem/old', `run/${old}`, `run/${young}`]);
  first.kill();
  const second = await lives.begin(topology, 1_801_000);
  await second.settle();
  expect(second.runtime.find(old)).toBeUndefined();
  expect(lives.keys()).toEqual(over(young));
  await second.advance(1_800_000);
  expect(second.runtime.runs()).toEqual([]);
  await second.settle();
  expect(lives.keys()).toEqual([]);
  await second.runtime.stop();
});

test('V8 V11 no run is older than a session of 24 h, whatever its time-out says and however often it is taken up', async () => {
  const lives = new Lives();
  const first = await lives.begin(never);
  const run = await submitted(first, 'work', 1, { timeout: '90h' });
  await first.advance(12 * 3_600_000);
  first.kill();
  const { runtime, advance } = await lives.begin(never, 0);
  await advance(12 * 3_600_000 - 1);
  expect(runtime.find(run)?.isOver).toBe(false);
  await advance(1);
  expect(runtime.find(run)?.state).toBe('timedOut');
  void runtime.stop();
});
