// What a supervisor decides: its whole graph under each strategy, and its rules by example.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  restartsWithin,
  supervisorMachine,
  type SupervisorEvent,
  type SupervisorInput,
} from '../../machines/supervisor.ts';
import { coverageOf, drive, exploreModel } from './model.ts';

const input: SupervisorInput = {
  strategy: 'one-for-one',
  maxRestarts: 2,
  withinMs: 100,
  backoff: { initialMs: 10, factor: 2, maxMs: 30, jitter: 0.5 },
  healthyAfterMs: 50,
};
const types = ['permanent', 'transient', 'temporary'] as const;
const reasons = ['normal', 'shutdown', 'killed', 'error'] as const;
const strategies = ['one-for-one', 'one-for-all', 'rest-for-one'] as const;
type Exited = Extract<SupervisorEvent, { type: 'child.exited' }>;

function exited(overrides: Partial<Exited> = {}): Exited {
  return { type: 'child.exited', id: 'a', child: 'permanent', reason: 'error', now: 0, random: 0, ...overrides };
}

const events: readonly SupervisorEvent[] = [
  ...types.flatMap((child) => reasons.map((reason) => exited({ child, reason }))),
  exited({ id: 'b', now: 40, random: 0.5 }),
  exited({ now: 60 }),
  exited({ now: 200 }),
  { type: 'group.restored' },
];

const returns = ({ child, reason }: Exited): boolean =>
  child === 'permanent' || (child === 'transient' && (reason === 'error' || reason === 'killed'));

describe('supervisor: its graph', () => {
  const coverage = coverageOf(supervisorMachine);
  it.each(strategies)('does in every state what the model says, %s', (strategy) => {
    const { paths, steps } = exploreModel({
      machine: supervisorMachine,
      input: { ...input, strategy },
      events,
      coverage,
      abstraction: ({ value, context: { restarts, streaks } }) => ({
        value,
        restarts,
        streaks: ['a', 'b'].map((id) => Math.min(streaks[id]?.failures ?? 0, 3)),
      }),
      check: ({ before, event, after, emitted }) => {
        const decided = emitted.map(({ type }) => type);
        expect(after.context.restarts.length).toBeLessThanOrEqual(input.maxRestarts);
        if (before.status !== 'active' || event.type !== 'child.exited') expect(decided).toEqual([]);
        else if (!returns(event))
          expect(emitted).toEqual([{ type: 'child.left', id: event.id, keepSpec: event.child !== 'temporary' }]);
        else if (after.matches('gaveUp')) expect(emitted).toEqual([{ type: 'supervisor.gaveUp', id: event.id }]);
        else
          expect(emitted).toMatchObject([
            {
              type: 'child.restart',
              id: event.id,
              scope: { 'one-for-one': 'one', 'one-for-all': 'all', 'rest-for-one': 'rest' }[strategy],
            },
          ]);
        if (before.status === 'done') expect(after.context).toEqual(before.context);
      },
    });
    expect(steps).toBe(paths * events.length);
  });

  it('is seen whole', () => {
    console.log(coverage.table());
    expect(coverage.missed()).toEqual([]);
  });
});

describe('supervisor: rules', () => {
  it.each(types.flatMap((child) => reasons.map((reason) => [child, reason] as const)))(
    'a %s child that ends with %s',
    (child, reason) => {
      const event = exited({ child, reason });
      const [decision] = drive(supervisorMachine, { input }).send(event);
      expect(decision?.type).toBe(returns(event) ? 'child.restart' : 'child.left');
    },
  );

  it('gives up with the first failure when no restart is allowed', () => {
    const supervisor = drive(supervisorMachine, { input: { ...input, maxRestarts: 0 } });
    expect(supervisor.send(exited())).toEqual([{ type: 'supervisor.gaveUp', id: 'a' }]);
    expect(supervisor.send(exited())).toEqual([]);
  });

  it('counts the edge of the window as inside', () => {
    expect(restartsWithin([0, 1, 2], 101, 100)).toEqual([1, 2]);
    expect(restartsWithin([0], 100, 100)).toEqual([0]);
  });

  it('a group that is being brought back and fails again is regrouped; one that is back is judged as new', () => {
    const supervisor = drive(supervisorMachine, { input: { ...input, strategy: 'one-for-all' } });
    supervisor.send(exited());
    expect(supervisor.snapshot().value).toBe('regrouping');
    expect(supervisor.send(exited({ id: 'b' }))).toMatchObject([{ type: 'child.restart', id: 'b', scope: 'all' }]);
    supervisor.send({ type: 'group.restored' });
    expect(supervisor.snapshot().value).toBe('supervising');
    expect(supervisor.send(exited({ now: 100 }))).toMatchObject([{ type: 'supervisor.gaveUp' }]);
  });

  it('each child has its own backoff, and one that was well for long enough starts afresh', () => {
    const supervisor = drive(supervisorMachine, { input: { ...input, maxRestarts: 100 } });
    const delay = (event: Exited) =>
      supervisor.send(event).map((decision) => ('delayMs' in decision ? decision.delayMs : undefined));
    expect(delay(exited())).toEqual([10]);
    expect(delay(exited({ now: 59 }))).toEqual([20]);
    expect(delay(exited({ id: 'b', now: 60 }))).toEqual([10]);
    expect(delay(exited({ now: 80, random: 0.5 }))).toEqual([37.5]);
    expect(delay(exited({ now: 80 + 37.5 + 50 }))).toEqual([10]);
    expect(Object.keys(supervisor.snapshot().context.streaks)).toEqual(['a']);
  });

  it('within any window there are never more restarts than allowed', () => {
    fc.assert(
      fc.property(
        fc.record({ maxRestarts: fc.integer({ min: 0, max: 6 }), withinMs: fc.integer({ min: 1, max: 500 }) }),
        fc.constantFrom(...strategies),
        fc.array(
          fc.record({
            wait: fc.integer({ min: 0, max: 300 }),
            id: fc.constantFrom('a', 'b', 'c'),
            child: fc.constantFrom(...types),
            reason: fc.constantFrom(...reasons),
            back: fc.boolean(),
          }),
          { maxLength: 60 },
        ),
        (limits, strategy, failures) => {
          const supervisor = drive(supervisorMachine, { input: { ...input, ...limits, strategy } });
          const restarts: number[] = [];
          let now = 0;
          let gaveUp = false;
          for (const { wait, id, child, reason, back } of failures) {
            now += wait;
            const [decision] = supervisor.send(exited({ id, child, reason, now }));
            if (gaveUp) expect(decision).toBeUndefined();
            if (decision?.type === 'child.restart') restarts.push(now);
            if (decision?.type === 'supervisor.gaveUp') {
              gaveUp = true;
              expect(restarts.filter((at) => now - at <= limits.withinMs).length).toBe(limits.maxRestarts);
            }
            if (back) supervisor.send({ type: 'group.restored' });
          }
          for (const end of restarts) {
            expect(restarts.filter((at) => at <= end && end - at <= limits.withinMs).length).toBeLessThanOrEqual(
              limits.maxRestarts,
            );
          }
        },
      ),
    );
  });
});
