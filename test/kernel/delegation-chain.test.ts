// The delegation chain: checked on every hop before anything is queued, lost nowhere, forged by nobody.

import { createMachine, fromPromise, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { delegate } from '../../src/kernel/actions.ts';
import { effect } from '../../src/kernel/effects.ts';
import { type KernelKit, kernelKit } from './kernel-kit.ts';
import { type Message, player } from './players.ts';
import { failure, refusals, relay, submit, worker } from './tasks.ts';

describe('cycles', () => {
  test('D01 A to B to C to A is refused at C before it is queued; the error lists the chain', async () => {
    const kit = kernelKit();
    const { kernel, settle } = kit;
    const heard: Message[] = [];
    kernel.spawn(
      player((message, emit) => {
        heard.push(message);
        if (message.type === 'task.assigned') emit(effect.delegate('b', { type: 'work' }));
      }),
      { id: 'a' },
    );
    kernel.spawn(relay('c'), { id: 'b' });
    kernel.spawn(relay('a'), { id: 'c' });
    submit(kit, 'a');
    await settle();
    expect(heard.filter(({ type }) => type === 'task.assigned')).toHaveLength(1);
    expect(refusals(kit)).toEqual([{ from: 'c', to: 'a', code: 'DELEGATION_CYCLE' }]);
    expect(heard.at(-1)).toMatchObject({
      type: 'delegation.failed',
      error: { code: 'DELEGATION_CYCLE', details: { chain: ['a', 'b', 'c'], to: 'a' } },
    });
    expect(kernel.deadLetters.count).toBe(0);
  });

  test('D01 the refusal reaches the origin as one typed error through all hops', async () => {
    const kit = kernelKit();
    kit.kernel.spawn(relay('b'), { id: 'a' });
    kit.kernel.spawn(relay('c'), { id: 'b' });
    kit.kernel.spawn(relay('a'), { id: 'c' });
    const outcomes = submit(kit, 'a');
    await kit.settle();
    expect(failure(outcomes)).toMatchObject({ code: 'DELEGATION_CYCLE', details: { chain: ['a', 'b', 'c'], to: 'a' } });
    expect(kit.kernel.delegations.pending).toBe(0);
  });

  test('D02 self-delegation is refused, by address, by path and by ref', async () => {
    for (const to of ['a', '.', './../a', { address: 'a' }]) {
      const kit = kernelKit();
      const heard: Message[] = [];
      kit.kernel
        .spawn(
          player((message, emit) => {
            heard.push(message);
            if (message.type === 'go') emit(effect.delegate(to, { type: 'work' }));
          }),
          { id: 'a' },
        )
        .tell({ type: 'go' });
      // oxlint-disable-next-line no-await-in-loop
      await kit.settle();
      expect(heard).toMatchObject([{ type: 'go' }, { type: 'delegation.failed', error: { code: 'DELEGATION_CYCLE' } }]);
    }
  });

  test('D07 a cycle through an instance of a pool is found, also to another instance', async () => {
    for (const back of ['pool', 'pool:0', 'pool:1', '../pool:1']) {
      const kit = kernelKit();
      kit.kernel.spawn(relay('b'), { id: 'pool', instances: 2 });
      kit.kernel.spawn(relay(back), { id: 'b' });
      const outcomes = submit(kit, 'pool');
      // oxlint-disable-next-line no-await-in-loop
      await kit.settle();
      expect(failure(outcomes)).toMatchObject({
        code: 'DELEGATION_CYCLE',
        details: { chain: ['pool', 'b'], to: 'pool' },
      });
    }
  });

  test('D07 a cycle through a relative path is found', async () => {
    const kit = kernelKit();
    const { kernel } = kit;
    kernel.spawn(relay('top/child'), { id: 'top' });
    kernel.spawn(relay('..'), { id: 'child' }, 'top');
    const outcomes = submit(kit, 'top');
    await kit.settle();
    expect(failure(outcomes)).toMatchObject({
      code: 'DELEGATION_CYCLE',
      details: { chain: ['top', 'top/child'], to: 'top' },
    });
  });

  test('D07 a cycle through a restarted incarnation is found', async () => {
    const kit = kernelKit();
    const { kernel } = kit;
    const heard: Message[] = [];
    kernel.spawn(relay('b'), { id: 'a' });
    kernel.spawn(
      player((message, emit) => {
        heard.push(message);
        if (message.type === 'crash') throw new Error('boom');
        if (message.type === 'delegate now') emit(effect.delegate('a', { type: 'work' }));
        if (message.type === 'task.assigned') emit(effect.stash());
        if (message.type === 'open') emit(effect.unstash());
      }),
      { id: 'b' },
    );
    const outcomes = submit(kit, 'a');
    await kit.settle();
    kernel.lookup('b')?.tell({ type: 'crash' });
    await kit.advance(60_000);
    expect(heard.filter(({ type }) => type === 'task.assigned').length).toBeGreaterThan(1);
    kernel.lookup('b')?.tell({ type: 'delegate now' });
    await kit.settle();
    expect(refusals(kit)).toEqual([{ from: 'b', to: 'a', code: 'DELEGATION_CYCLE' }]);
    expect(outcomes).toEqual([]);
  });

  test('D07 the chain goes along through a message that is told, a timer, an `after` and a promise', async () => {
    const hop = { type: 'work' };
    const ways = {
      told: player((message, emit) => {
        if (message.type === 'task.assigned') emit(effect.tell('helper', { type: 'please' }));
      }),
      timer: player((message, emit) => {
        if (message.type === 'task.assigned') emit(effect.schedule('t', { type: 'tick' }, 10));
        if (message.type === 'tick') emit(effect.delegate('a', hop));
      }),
      after: createMachine({
        initial: 'idle',
        states: {
          idle: { on: { 'task.assigned': 'busy' } },
          busy: { after: { 10: { actions: delegate('a', hop) } } },
        },
      }),
      promise: setup({ actors: { wait: fromPromise(() => Promise.resolve(1)) } }).createMachine({
        initial: 'idle',
        states: {
          idle: { on: { 'task.assigned': 'busy' } },
          busy: { invoke: { src: 'wait', onDone: { actions: delegate('a', hop) } } },
        },
      }),
    };
    for (const logic of Object.values(ways)) {
      const kit = kernelKit();
      kit.kernel.spawn(relay('b'), { id: 'a' });
      kit.kernel.spawn(logic, { id: 'b' });
      kit.kernel.spawn(
        player((message, emit) => {
          if (message.type === 'please') emit(effect.delegate('a', hop));
        }),
        { id: 'helper' },
      );
      submit(kit, 'a');
      // oxlint-disable-next-line no-await-in-loop
      await kit.advance(100);
      expect(refusals(kit)).toMatchObject([{ to: 'a', code: 'DELEGATION_CYCLE' }]);
    }
  });

  test('D08 a diamond is allowed: A to B to D and A to C to D', async () => {
    const kit = kernelKit();
    kit.kernel.spawn(relay(['b', 'c']), { id: 'a' });
    kit.kernel.spawn(relay('d'), { id: 'b' });
    kit.kernel.spawn(relay('d'), { id: 'c' });
    kit.kernel.spawn(worker('d was here'), { id: 'd' });
    const outcomes = submit(kit, 'a');
    await kit.settle();
    expect(outcomes).toEqual([{ ok: true, output: ['d was here', 'd was here'] }]);
    expect(refusals(kit)).toEqual([]);
  });
});

describe('depth', () => {
  const line = (kit: KernelKit, hops: number): void => {
    for (let n = 0; n < hops; n++) kit.kernel.spawn(relay(`a${n + 1}`), { id: `a${n}` });
    kit.kernel.spawn(worker('the end'), { id: `a${hops}` });
  };

  test('D03 depth 5 passes, 6 is refused with the chain', async () => {
    const five = kernelKit();
    line(five, 5);
    const passed = submit(five, 'a0');
    await five.settle();
    expect(passed).toEqual([{ ok: true, output: ['the end'] }]);
    const six = kernelKit();
    line(six, 6);
    const refused = submit(six, 'a0');
    await six.settle();
    expect(failure(refused)).toMatchObject({
      code: 'DELEGATION_TOO_DEEP',
      details: { chain: ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'], to: 'a6', limit: 5 },
    });
    expect(refusals(six)).toEqual([{ from: 'a5', to: 'a6', code: 'DELEGATION_TOO_DEEP' }]);
  });

  test('D03 the limit is an option', async () => {
    const kit = kernelKit({ delegationDepth: 1 });
    line(kit, 2);
    const outcomes = submit(kit, 'a0');
    await kit.settle();
    expect(failure(outcomes)).toMatchObject({ code: 'DELEGATION_TOO_DEEP', details: { limit: 1 } });
  });
});
