// FEATURES C2, told as one story on the kernel: a small service with a database pool that its workers depend on, a
// gateway on its own, and a runtime that mends what it can, passes up what it can't, and goes down in order.
import type { RestartOptions } from '../../src/base/supervision-options.ts';
import { describe, expect, it } from 'vitest';
import type { ChildOptions } from '../../src/kernel/spec.ts';
import { Boom, boot, child, crash, never, recording, states, supervisor, tell } from '../kernel/supervision-kit.ts';

const backoff = { initial: '1s', factor: 2, max: '4s', jitter: 0.5 } as const;
const strategy = (name: RestartOptions['strategy'] & {}, maxRestarts = 3): { readonly restart: RestartOptions } => ({
  restart: { strategy: name, maxRestarts, within: '1m', backoff },
});

function service(log: string[]): readonly ChildOptions[] {
  const recorded = (id: string, options: Partial<ChildOptions> = {}) =>
    child(id, { hooks: recording(log, id), ...options });
  return [
    supervisor(
      'service',
      [
        supervisor('data', [recorded('pool'), recorded('cache'), recorded('index')], {
          ...strategy('rest-for-one', 2),
          hooks: recording(log, 'data'),
        }),
        supervisor(
          'workers',
          [
            recorded('w1'),
            recorded('w2'),
            recorded('job', { child: 'transient' }),
            recorded('probe', { child: 'temporary' }),
          ],
          {
            ...strategy('one-for-all'),
            hooks: recording(log, 'workers'),
          },
        ),
        recorded('gateway', {
          hooks: {
            start: () => {
              log.push('+gateway');
            },
            stop: () => never,
          },
          shutdown: '2s',
        }),
      ],
      strategy('one-for-one'),
    ),
  ];
}

/** Crashes an actor and answers with the delay before it is brought back. */
async function fail(kit: Awaited<ReturnType<typeof boot>>, address: string): Promise<number> {
  await crash(kit, address);
  const last = kit.events.findLast(({ type }) => type === 'actor.restarting');
  const delay = last?.type === 'actor.restarting' ? last.delayMs : Number.NaN;
  await kit.advance(delay);
  return delay;
}

describe('C2 supervision trees', () => {
  it('C2 start order, three strategies, three kinds of children, backoff with jitter, escalation, ordered shutdown with a kill', async () => {
    const log: string[] = [];
    const kit = await boot(service(log));
    const below = (branch: string) =>
      Object.entries(states(kit))
        .filter(([address]) => address.startsWith(`service/${branch}`))
        .map(([, state]) => state);
    expect(log).toEqual(['+data', '+pool', '+cache', '+index', '+workers', '+w1', '+w2', '+job', '+probe', '+gateway']);

    // rest-for-one: what depends on the cache comes back with it, the pool stays.
    log.length = 0;
    const first = await fail(kit, 'service/data/cache');
    expect(log).toEqual(['-index', '+cache', '+index']);
    expect(below('data')).toEqual(['running 1', 'running 1', 'running 2', 'running 2']);

    // Backoff: each failure in a row waits longer, with up to half of itself by chance.
    expect(first / 1_000).toBeGreaterThanOrEqual(1);
    expect(first / 1_000).toBeLessThanOrEqual(1.5);
    const second = await fail(kit, 'service/data/cache');
    expect(second / 2_000).toBeGreaterThanOrEqual(1);
    expect(second / 2_000).toBeLessThanOrEqual(1.5);

    // one-for-all: a temporary bystander is not brought back, and a transient job that is done stays away (OTP would
    // start it again with its group; here what ended well is only started again by hand or with its parent).
    await tell(kit, 'service/workers/job', { type: 'finish' });
    log.length = 0;
    await fail(kit, 'service/workers/w1');
    expect(log).toEqual(['-probe', '-w2', '+w1', '+w2']);
    expect(below('workers')).toEqual(['running 1', 'running 2', 'running 2']);

    // Escalation: the third failure within the minute is passed up; the branch starts afresh, the others don't notice.
    log.length = 0;
    await fail(kit, 'service/data/index');
    expect(kit.seen('supervisor.gaveUp')).toEqual(['service/data']);
    expect(log).toEqual(['-cache', '-pool', '+data', '+pool', '+cache', '+index']);
    expect(below('data')).toEqual(['running 2', 'running 2', 'running 4', 'running 4']);
    expect(below('gateway')).toEqual(['running 1']);
    expect(below('workers')).toEqual(['running 1', 'running 2', 'running 2']);

    // Ordered shutdown: in reverse; the gateway hangs and is killed after its 2 s, the rest has its hooks.
    log.length = 0;
    const before = kit.clock.now();
    let stoppedAt = Number.NaN;
    void kit.kernel.stop().then(() => {
      stoppedAt = kit.clock.now();
    });
    await kit.advance(10_000);
    expect(stoppedAt - before).toBe(2_000);
    expect(log).toEqual(['-w2', '-w1', '-workers', '-index', '-cache', '-pool', '-data']);
    const killed = kit.events.flatMap((event) =>
      event.type === 'actor.stopped' && event.reason === 'killed' ? [event.address] : [],
    );
    expect(killed).toEqual(['service/gateway']);
    expect([kit.kernel.size, kit.kernel.timers.pending, kit.fatal.length]).toEqual([0, 0, 0]);
  });

  it('C2 what nobody can mend reaches the root, which stops everything and says so once', async () => {
    const log: string[] = [];
    const start = () => {
      if (log.push('try') > 1) throw new Boom('the database is gone');
    };
    const data = supervisor('data', [child('pool', { hooks: { start } })], strategy('rest-for-one', 1));
    const kit = await boot(
      [supervisor('service', [data, 'gateway'], strategy('one-for-one', 1))],
      strategy('one-for-one', 1),
    );
    await crash(kit, 'service/data/pool');
    await kit.advance(60_000);
    expect(kit.seen('supervisor.gaveUp')).toEqual(['service/data', 'service', 'root']);
    expect(kit.events.filter(({ type }) => type === 'kernel.fatal').length).toBe(1);
    expect(kit.fatal).toMatchObject([{ code: 'RESTART_LIMIT', details: { address: 'root' } }]);
    expect([kit.kernel.size, kit.kernel.timers.pending]).toEqual([0, 0]);
  });
});
