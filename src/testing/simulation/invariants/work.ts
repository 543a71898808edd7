// Asks and delegations: each settles once, and has settled when its time is up; every chain is what it must be, which is
// worked out here once more.

import { limits } from '../../../base/limits.ts';
import { identityOf } from '../../../kernel/address.ts';
import type { Ask } from '../../../kernel/ask.ts';
import { guardianId } from '../../../kernel/lifecycle.ts';
import type { Delegation } from '../../../kernel/delegation.ts';
import type { Invariant, Life } from '../invariant.ts';

interface OpenAsk {
  readonly address: string;
  readonly dueAt: number;
}

/** A question has one outcome, and has it in the end. */
export const asksSettleOnce: Invariant = {
  name: 'every ask settles once',
  watch: (run, fail) => {
    let open = new Map<Ask, OpenAsk>();
    const check = ({ kernel }: Life): void => {
      if (kernel.asks.pending !== open.size) fail(`${kernel.asks.pending} asks count as open, and ${open.size} are`);
    };
    const checkEnd = (life: Life): void => {
      check(life);
      for (const [{ question }, { address, dueAt }] of open)
        if (dueAt < run.now()) fail(`'${question}' to '${address}' is open, though its time was up at ${dueAt} ms`);
    };
    return {
      born: ({ witness }) => {
        open = new Map();
        const settled = new WeakSet<Ask>();
        witness.on('asked', (ask, { address }, timeoutMs) => {
          open.set(ask, { address, dueAt: run.now() + timeoutMs });
        });
        witness.on('answered', (ask) => {
          if (settled.has(ask)) fail(`'${ask.question}' to '${ask.target}' has settled twice`);
          settled.add(ask);
          open.delete(ask);
        });
      },
      step: check,
      settled: checkEnd,
      over: (_life, how) => {
        const [first] = open;
        if (how === 'stopped' && first !== undefined)
          fail(`'${first[0].question}' to '${first[1].address}' is open after an orderly stop`);
      },
    };
  },
};

/** A delegation's outcome is told once. */
export const delegationsSettleOnce: Invariant = {
  name: 'every delegation settles once',
  watch: (run, fail) => {
    let open = new Set<Delegation>();
    return {
      born: ({ witness }) => {
        open = new Set();
        const settled = new WeakSet<Delegation>();
        witness.on('delegated', (delegation) => {
          if (!delegation.settled) open.add(delegation);
        });
        witness.on('settled', (delegation) => {
          if (settled.has(delegation)) fail(`task '${delegation.id}' at '${delegation.to}' has settled twice`);
          settled.add(delegation);
          open.delete(delegation);
        });
      },
      step: ({ kernel }) => {
        if (kernel.delegations.pending !== open.size)
          fail(`${kernel.delegations.pending} delegations count as open, and ${open.size} are`);
      },
      settled: () => {
        for (const { id, to, deadlineAt } of open) {
          if (deadlineAt !== undefined && deadlineAt < run.now())
            fail(`task '${id}' at '${to}' is open, though its time was up at ${deadlineAt} ms`);
        }
      },
    };
  },
};

/** Every chain says who has delegated, in order, each identity once, no longer than it may be; deadlines only shrink. */
export const chainsHold: Invariant = {
  name: 'delegation chains are acyclic and bounded, and deadlines shrink',
  watch: (run, fail) => ({
    born: (life) => {
      const most = life.delegationDepth ?? limits.delegation.depth_hops;
      life.witness.on('delegated', (delegation, { from }) => {
        const { id, to, chain, parent, deadlineAt } = delegation;
        const of = `the chain of task '${id}' (${[...chain, to].join(' > ')})`;
        const expected = chainOf(parent, from);
        if (chain.join(' > ') !== expected.join(' > ')) fail(`${of} should be ${[...expected, to].join(' > ')}`);
        const hops = from === undefined ? chain : [...chain, identityOf(to)];
        const twice = hops.find((hop, index) => hops.indexOf(hop) !== index);
        if (twice !== undefined) fail(`${of} has '${twice}' twice`);
        if (chain.length > most) fail(`${of} has ${chain.length} hops, where ${most} are allowed`);
        if (deadlineAt !== undefined && deadlineAt <= run.now())
          fail(`task '${id}' to '${to}' is delegated at ${run.now()} ms, after its time was up at ${deadlineAt} ms`);
        if (parent?.deadlineAt !== undefined && !((deadlineAt ?? Infinity) <= parent.deadlineAt))
          fail(
            `task '${id}' has until ${deadlineAt} ms, longer than '${parent.id}', of which it is part: ${parent.deadlineAt} ms`,
          );
        if (parent?.cancelled !== undefined)
          fail(`task '${id}' is delegated for '${parent.id}', which has been cancelled`);
      });
    },
  }),
};

/** The chain as it follows from the task acted for, worked out once more. */
function chainOf(parent: Delegation | undefined, from: string | undefined): readonly string[] {
  const upTo = parent === undefined ? [] : parent.chain;
  const acting = parent === undefined || parent.to === from ? upTo : [...upTo, identityOf(parent.to)];
  return from === undefined || from === guardianId ? acting : [...acting, withoutInstance(from)];
}

function withoutInstance(address: string): string {
  return address.replaceAll(/:\d+/g, '');
}
