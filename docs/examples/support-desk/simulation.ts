// What is simulated of the support desk: which tickets come, that customers change their minds, and what must hold
// whatever fails. `troupe simulate` reads this file because it stands beside topology.ts. The agents are pure, so their
// own code runs.

import { isTroupeError, type Runtime } from 'troupe';
import { simulationOptions } from 'troupe/testing';
import type { SnapshotFrom } from 'xstate';
import { Resolution } from './schemas.ts';
import topology from './topology.ts';
import { type triageMachine, waiting_count } from './triage.ts';

const questions = [
  'I forgot my password',
  'where is my refund?',
  'the export is empty',
  'please call me back',
  'my account is haunted',
] as const;

/** The desk's machine as it stands; undefined while it is not there. */
function desk(runtime: Runtime<typeof topology>): SnapshotFrom<typeof triageMachine>['context'] | undefined {
  const snapshot = runtime.actor('desk/triage')?.snapshot() as SnapshotFrom<typeof triageMachine> | undefined;
  return snapshot?.context;
}

export default simulationOptions(topology, {
  tasks: {
    ticket: ({ pick, chance }) => ({
      customer: pick(['Ada', 'Grace', 'Barbara']),
      question: pick(questions),
      urgent: chance(3),
    }),
  },
  operations: {
    'a customer gives up': async ({ runtime, choose }) => {
      const open = runtime.runs().filter(({ isOver }) => !isOver);
      await open[choose(Math.max(1, open.length))]?.cancel('found it myself');
    },
  },
  invariants: {
    'no more tickets wait than may': ({ runtime }) => {
      const waiting = desk(runtime)?.waiting.length ?? 0;
      if (waiting > waiting_count) throw new Error(`${waiting} wait`);
    },
    'no ticket is there twice': ({ runtime }) => {
      const { current, waiting = [] } = desk(runtime) ?? {};
      const ids = [current, ...waiting].flatMap((each) => each?.id ?? []);
      if (new Set(ids).size < ids.length) throw new Error(ids.join(', '));
    },
  },
  settled: {
    'every ticket was answered, or failed with an error that has a code': async ({ runtime }) => {
      for (const run of runtime.runs()) {
        if (!run.isOver) throw new Error(`${run.id} is ${run.state}`);
        try {
          const { by, escalated = '' } = Resolution.parse(await run.result());
          if ((by === 'expert') !== (escalated !== ''))
            throw new Error(`${run.id}: by ${by}, escalated: '${escalated}'`);
        } catch (error) {
          if (!isTroupeError(error)) throw error;
        }
      }
    },
    'no ticket is forgotten at the desk': ({ runtime }) => {
      const { current, waiting = [] } = desk(runtime) ?? {};
      if (current !== undefined || waiting.length > 0)
        throw new Error(`${waiting.length} wait, ${current?.id ?? 'none'} is in hand`);
    },
  },
});
