// What tests of the test runtime share: the smallest topologies, and actors that do one thing.

import { agent, defineTopology, director, effect, orchestrator, type TypedTask, type WorkContext } from 'troupe';
import { type AnyActorLogic, createMachine, fromTransition } from 'xstate';

/** One agent at `main/team/work` that does what it is given. */
export function office(run: (input: string, ctx: WorkContext) => unknown = (input) => `done: ${input}`) {
  return defineTopology({
    name: 'office',
    orchestrators: {
      main: orchestrator({
        directors: {
          team: director({
            agents: {
              work: agent({ accepts: 'job', run: ({ input }: TypedTask<string>, ctx) => run(input, ctx) }),
            },
          }),
        },
      }),
    },
  });
}

/** Answers `ping` with `pong`, crashes on `crash`, ends on `end`. */
export const echo: AnyActorLogic = fromTransition((count: number, event: { type: string; n?: number }, { emit }) => {
  if (event.type === 'crash') throw new Error('as it was told');
  if (event.type === 'end') emit(effect.stopSelf());
  if (event.type === 'ping') emit(effect.reply({ type: 'pong', n: event.n ?? count }));
  return count + 1;
}, 0);

/** Tells `to` a `tick` every `every_ms`, `left` times. */
export function ticker(to: string, every_ms: number, left: number): AnyActorLogic {
  return fromTransition((ticks: number, event: { type: string }, { emit }) => {
    if (event.type === 'tick') emit(effect.tell(to, { type: 'tick', n: ticks }));
    if (ticks < left) emit(effect.schedule('next', { type: 'tick' }, every_ms));
    return ticks + 1;
  }, 0);
}

/** Delegates a task of the type it is told to `to`, and tells `teller` what became of it. */
export function delegator(to: string, teller: string): AnyActorLogic {
  return fromTransition((_none: undefined, event: { type: string }, { emit }) => {
    const isOutcome = event.type.startsWith('delegation.');
    if (isOutcome) emit(effect.tell(teller, { type: 'outcome', of: event }));
    else emit(effect.delegate(to, { type: event.type, input: undefined }));
    return undefined;
  }, undefined);
}

/** A topology whose director can't start. */
export function broken() {
  const machine = createMachine({
    entry: () => {
      throw new Error('it is broken');
    },
  });
  return defineTopology({
    name: 'office',
    orchestrators: {
      main: orchestrator({ directors: { team: director({ machine, agents: { work: agent({ run: () => null }) } }) } }),
    },
  });
}
