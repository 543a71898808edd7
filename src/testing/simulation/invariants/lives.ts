// Who lives: one incarnation at an address, nobody without a parent, nothing from whoever has ended, and one message at
// a time in all.

import type { EventObject } from 'xstate';
import type { Cell } from '../../../kernel/cell.ts';
import { typeOf } from '../../../kernel/door.ts';
import type { Envelope } from '../../../kernel/envelope.ts';
import type { Invariant, InvariantWatch, Life } from '../invariant.ts';
import { named, who } from './words.ts';

/** At any time an address has one cell at most, and a cell one incarnation; incarnations are counted upwards. */
export const oneIncarnation: Invariant = {
  name: 'an address has one incarnation at a time',
  watch: (_run, fail) => {
    let alive = new Map<string, Cell>();
    let started = new Map<string, { readonly cell: Cell; readonly incarnation: number }>();
    return {
      born: ({ witness }) => {
        alive = new Map();
        started = new Map();
        witness.on('added', (cell) => {
          const other = alive.get(cell.address);
          if (other !== undefined && other !== cell && other.state !== 'stopped' && other.state !== 'passive')
            fail(`${who(cell)} gets a second cell while its first is ${other.state}`);
          alive.set(cell.address, cell);
        });
        witness.on('beginning', (cell, generation) => {
          if (cell.isAlive) fail(`${who(cell)} begins incarnation ${generation} while the one before it lives`);
          const other = alive.get(cell.address);
          if (other !== undefined && other !== cell && other.isAlive)
            fail(`${who(cell)} begins while another incarnation (${other.state}) lives at its address`);
        });
        witness.on('ended', (_address, cell) => {
          if (cell?.isAlive === true && cell.parent !== undefined)
            fail(`${who(cell)} has ended and still has an incarnation`);
        });
      },
      event: (event, { kernel }) => {
        if (event.type !== 'actor.started') return;
        const cell = kernel.registry.living(event.address);
        if (cell === undefined) return;
        const last = started.get(event.address);
        if (last?.cell === cell && last.incarnation >= event.incarnation)
          fail(`${who(cell)} started incarnation ${event.incarnation} after ${last.incarnation}`);
        started.set(event.address, { cell, incarnation: event.incarnation });
      },
    };
  },
};

/** Whoever is there has a parent that is, and that knows of it. */
export const childImpliesParent: Invariant = {
  name: 'a child implies its parent',
  watch: (_run, fail) => {
    let isDue = true;
    const due = (): void => {
      isDue = true;
    };
    let gone = new Set<string>();
    const check = (life: Life): void => {
      if (!isDue) return;
      isDue = false;
      for (const cell of life.kernel.registry.all()) {
        const problem = orphaned(cell, life);
        if (problem !== undefined) fail(problem);
      }
      // When the process stops, what is not in memory stays kept.
      if (life.kernel.committer?.isClosing === true) return;
      for (const [address, { kind }] of life.kernel.registry.passives()) {
        if (kind.parent !== undefined && gone.has(kind.parent))
          fail(`'${address}' is known and not in memory, but its parent '${kind.parent}' has ended`);
      }
    };
    return {
      born: ({ witness }) => {
        gone = new Set();
        isDue = true;
        witness.on('added', (cell) => {
          gone.delete(cell.address);
          isDue = true;
        });
        witness.on('removed', due);
        witness.on('ended', (address, cell) => {
          if (cell?.parent !== undefined) gone.add(address);
          isDue = true;
        });
      },
      step: check,
      settled: check,
    };
  },
};

function orphaned(cell: Cell, { kernel }: Life): string | undefined {
  const { parent, state } = cell;
  if (parent === undefined) return `'${cell.address}' is ${state} and has no parent`;
  if (parent.state === 'stopped' || parent.state === 'passive')
    return `${who(cell)} is ${state}, but its parent ${who(parent)} is ${parent.state}`;
  if (parent.parent !== undefined && kernel.registry.living(parent.address) !== parent)
    return `${who(cell)} is ${state}, but its parent ${who(parent)} is not registered`;
  if (parent.children?.cells.get(cell.id) !== cell)
    return `${who(cell)} is ${state}, but its parent ${who(parent)} does not know it as its child`;
  return undefined;
}

/** Whoever has ended takes in and handles nothing, and wants nothing that it did not want before. */
export const nothingAfterStop: Invariant = {
  name: 'nothing comes from, or to, an actor after its end',
  watch: (_run, fail) => ({
    born: ({ witness }) => {
      const ended = new WeakSet<Cell>();
      /** What was wanted before the end and waited for its commit. */
      const held = new WeakSet<EventObject>();
      const releasing: { readonly cell: Cell; readonly wasOver: boolean }[] = [];
      const isLate = (cell: Cell): boolean => {
        if (!ended.has(cell) || cell.parent === undefined) return false;
        const own = releasing.findLast((each) => each.cell === cell);
        return own?.wasOver ?? true;
      };
      witness.on('ending', (_address, cell) => {
        if (cell === undefined) return;
        if (ended.has(cell)) fail(`${who(cell)} has ended twice`);
        ended.add(cell);
      });
      witness.on('handling', (cell, envelope) => {
        if (ended.has(cell)) fail(`${who(cell)} handles ${named(envelope)} after its end`);
      });
      witness.on('put', (cell, envelope, turnedAway) => {
        if (ended.has(cell) && turnedAway !== envelope) fail(`${who(cell)} takes in ${named(envelope)} after its end`);
      });
      witness.on('releasing', (cell) => releasing.push({ cell, wasOver: ended.has(cell) }));
      witness.on('released', () => releasing.pop());
      witness.on('held', (cell, effect) => {
        if (isLate(cell)) fail(`${who(cell)} wants '${typeOf(effect)}' after its end`);
        held.add(effect);
      });
      witness.on('effect', (cell, effect) => {
        if (isLate(cell) && !held.has(effect))
          fail(`'${typeOf(effect)}' of ${who(cell)} is carried out, which it did not want before its end`);
      });
    },
  }),
};

/** Messages are handled one after the other; none within another, and none by an actor that is not running. */
export const noReentry: Invariant = {
  name: 'no message is handled within another',
  watch: (_run, fail): InvariantWatch => ({
    born: ({ witness }) => {
      const open: { readonly cell: Cell; readonly envelope: Envelope }[] = [];
      witness.on('handling', (cell, envelope) => {
        const outer = open.at(-1);
        if (outer !== undefined)
          fail(`${who(cell)} handles ${named(envelope)} while ${who(outer.cell)} handles ${named(outer.envelope)}`);
        if (cell.state !== 'running') fail(`${who(cell)} handles ${named(envelope)} while it is ${cell.state}`);
        open.push({ cell, envelope });
      });
      witness.on('over', () => open.pop());
    },
  }),
};
