// Hostile payloads, errors and logic: each harms its receiver alone; the kernel and everybody else go on.

import { type AnyActorLogic, type Snapshot } from 'xstate';
import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { listener, type Message, player, rejection } from './players.ts';
import { isAlive } from './canary.ts';

/** Events that are events, and hostile below. */
function payloads(): Readonly<Record<string, Message>> {
  const cycle: Record<string, unknown> = { type: 'x' };
  cycle['self'] = cycle;
  let deep: unknown = 0;
  for (let level = 0; level < 100_000; level++) deep = { deep };
  const wide: Record<string, unknown> = {};
  for (let key = 0; key < 200_000; key++) wide[`k${key}`] = key;
  return {
    'B02 __proto__ and constructor': JSON.parse(
      '{"type":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    ) as Message,
    'B03 a cycle': cycle as Message,
    'B04 odd values': { type: 'x', values: [1n, Number.NaN, Infinity, -0, new Date(Number.NaN)] },
    'B05 live things': {
      type: 'x',
      values: [() => {}, Symbol('s'), Promise.resolve(1), new Proxy({}, {}), new WeakMap(), new Map()],
    },
    'B06 getters': Object.defineProperty({ type: 'x' }, 'trap', {
      enumerable: true,
      get: () => {
        throw new Error('a trap');
      },
    }) as Message,
    'B08 100,000 levels': { type: 'x', deep },
    'B09 10 MB and a byte': { type: 'x', text: 'x'.repeat(10_485_761) },
    'B09 200,000 keys': { type: 'x', wide },
    'B12 a then and a toJSON': {
      type: 'x',
      // oxlint-disable-next-line unicorn/no-thenable -- that is the trap
      then: () => {
        throw new Error('awaited');
      },
      toJSON: () => {
        throw new Error('turned into JSON');
      },
    },
  };
}

test.each(Object.entries(payloads()))(
  '%s: told, asked, replied and dead-lettered without harm, in development and production',
  async (_name, event) => {
    for (const development of [true, false]) {
      const kit = kernelKit({ development });
      const { kernel } = kit;
      const { logic, heard } = listener();
      const ref = kernel.spawn(logic, { id: 'a' });
      ref.tell(event);
      const replied = kernel
        .spawn(
          player((message, emit) => {
            emit(effect.reply(message));
          }),
          { id: 'echo' },
        )
        .ask(event)
        .then(
          (reply) => reply === event,
          (error: unknown) => (error as { readonly code: string }).code,
        );
      kernel.publish('topic', event);
      // oxlint-disable-next-line no-await-in-loop
      await kit.settle();
      expect(heard).toHaveLength(1);
      expect(heard[0] === event).toBe(true);
      // oxlint-disable-next-line no-await-in-loop
      expect(await replied).toBe('then' in event ? 'INVALID_OUTPUT' : true);
      // oxlint-disable-next-line no-await-in-loop
      await ref.stop();
      expect(ref.tell(event)).toBe(false);
      expect(kernel.deadLetters.count).toBe(1);
      expect(({} as { readonly polluted?: number }).polluted).toBeUndefined();
      // oxlint-disable-next-line no-await-in-loop
      expect(await isAlive(kit)).toBe(true);
    }
  },
);

describe('B13 hostile errors', () => {
  const lying = Object.defineProperty(new Error('x'), 'message', {
    get: () => {
      throw new Error('a trap');
    },
  });
  test.each([
    ['throw null', null],
    ['throw undefined', undefined],
    ['a lying error', lying],
    [
      'a proxy',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('a trap');
          },
        },
      ),
    ],
  ])('%s: asker, task and supervisor are told, once each', async (_name, thrown) => {
    const kit = kernelKit();
    const logic = player(() => {
      throw thrown;
    });
    const asked = kit.kernel.spawn(logic, { id: 'a', child: 'temporary' }).ask({ type: 'x' });
    const settled = asked.then(
      () => 'replied',
      () => 'refused',
    );
    kit.kernel.spawn(logic, { id: 'b', child: 'temporary' });
    const outcomes: boolean[] = [];
    kit.kernel.delegate({
      to: 'b',
      task: { type: 'work' },
      within: undefined,
      onSettled: ({ ok }) => outcomes.push(ok),
    });
    await kit.settle();
    expect(await settled).toBe('refused');
    expect(outcomes).toEqual([false]);
    expect(kit.seen('actor.crashed')).toEqual(['a', 'b']);
    expect(await isAlive(kit)).toBe(true);
  });
});

describe('logic that misbehaves', () => {
  const logic = (parts: Partial<AnyActorLogic>): AnyActorLogic =>
    ({
      transition: (snapshot: Snapshot<unknown>) => snapshot,
      getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
      getPersistedSnapshot: (snapshot: Snapshot<unknown>) => snapshot,
      ...parts,
    }) as AnyActorLogic;

  test.each([undefined, null, 7, 'x', {}])('a transition that returns %j is a crash of its actor', async (garbage) => {
    const kit = kernelKit();
    const asked = rejection(
      kit.kernel
        .spawn(logic({ transition: () => garbage as never }), { id: 'a', child: 'temporary' })
        .ask({ type: 'x' }),
    );
    await kit.settle();
    expect(await asked).toBeInstanceOf(TypeError);
    expect(kit.kernel.lookup('a')).toBeUndefined();
    expect(await isAlive(kit)).toBe(true);
  });

  test.each([undefined, null, 7, {}])('an initial snapshot that is %j is a start that failed', async (garbage) => {
    const kit = kernelKit();
    expect(() => kit.kernel.spawn(logic({ getInitialSnapshot: () => garbage as never }), { id: 'a' })).toThrow(
      expect.objectContaining({ code: 'START_FAILED' }),
    );
    expect(kit.kernel.size).toBe(0);
    expect(await isAlive(kit)).toBe(true);
  });

  test('inspectors, observers, watchers and drivers that throw harm nobody', async () => {
    const kit = kernelKit({
      inspect: () => {
        throw new Error('inspector');
      },
    });
    const ref = kit.kernel.spawn(
      player((_message, emit) => {
        emit({ type: 'own' });
      }),
      {
        id: 'a',
        onEmitted: () => {
          throw new Error('driver');
        },
      },
    );
    ref.subscribe(() => {
      throw new Error('observer');
    });
    ref.watch(() => {
      throw new Error('watcher');
    });
    ref.tell({ type: 'x' });
    await kit.settle();
    await ref.stop();
    expect(kit.events.filter(({ type }) => type === 'effect.refused')).toHaveLength(3);
    expect(await isAlive(kit)).toBe(true);
  });

  test('spawn options and input: bad ids and unknown options are refused by field, hostile input reaches the logic untouched', async () => {
    const kit = kernelKit();
    for (const id of [
      '',
      '/',
      'a/b',
      '..',
      'a b',
      'a\u001b[31m',
      'x'.repeat(600),
      7 as never,
      null as never,
      '__proto__\n',
    ]) {
      expect(() => kit.kernel.spawn(player(), { id })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    }
    expect(() => kit.kernel.spawn(player(), { id: 'a', restrat: {} } as never)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ field: 'restrat' }) }),
    );
    const input = JSON.parse('{"__proto__":{"polluted":1}}') as unknown;
    let got: unknown;
    kit.kernel.spawn(
      logic({
        getInitialSnapshot: ((_scope: unknown, given: unknown) => {
          got = given;
          return { status: 'active', output: undefined, error: undefined };
        }) as never,
      }),
      { id: '__proto__', input },
    );
    expect(got).toBe(input);
    expect(kit.kernel.lookup('__proto__')?.address).toBe('__proto__');
    expect(({} as { readonly polluted?: number }).polluted).toBeUndefined();
    expect(await isAlive(kit)).toBe(true);
  });
});
