// A support desk whose director is the user's own XState machine (triage.ts). The agents know nothing of it: they
// answer, or they throw, and the machine decides what happens next.

import { agent, defineTopology, director, orchestrator, type WorkContext } from 'troupe';
import { z } from 'zod';
import { Investigation, Resolution, Ticket } from './schemas.ts';
import { triageMachine } from './triage.ts';

const knownAnswers: Readonly<Record<string, string>> = {
  password: 'Open the sign-in page and choose "Forgot password".',
  invoice: 'Your invoices are under Account, Billing.',
  refund: 'Refunds take five working days.',
};

/** Two people at the phone: they know the standard answers and nothing else. */
const frontline = agent({
  accepts: 'answer',
  instances: 2,
  input: z.string(),
  output: z.string(),
  run: async ({ input }, ctx) => {
    const word = Object.keys(knownAnswers).find((known) => input.toLowerCase().includes(known));
    if (word !== undefined) return knownAnswers[word] ?? '';
    if (input.includes('call me back')) await untilStopped(ctx);
    throw new Error('there is no standard answer');
  },
});

/** Looks into everything, and says so when nothing is to be found. */
const expert = agent({
  accepts: 'investigate',
  retries: { limit: 1, backoff: { initial: '100ms', jitter: 0 } },
  input: Investigation,
  output: z.string(),
  run: async ({ input }, ctx) => {
    ctx.progress(0.5, 'reading the logs');
    if (input.question.includes('haunted')) throw new Error('nobody can explain this');
    return `We looked into "${input.question}": it is fixed.`;
  },
});

/** Waits for a call that never comes; the desk's patience ends it through the signal. */
function untilStopped(ctx: WorkContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    ctx.signal.addEventListener('abort', () => {
      reject(ctx.signal.reason as Error);
    });
  });
}

export default defineTopology({
  name: 'support-desk',
  orchestrators: {
    desk: orchestrator({
      input: Ticket,
      directors: {
        triage: director({
          accepts: 'ticket',
          input: Ticket,
          output: Resolution,
          machine: triageMachine,
          agents: { frontline, expert },
        }),
      },
    }),
  },
});
