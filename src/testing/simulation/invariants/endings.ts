// How actors end: children before their parents, siblings in reverse order of their start. Whoever ends on its own
// account meanwhile, or is stopped by somebody, is in nobody's order.

import type { Cell } from '../../../kernel/cell.ts';
import type { Invariant } from '../invariant.ts';
import { who } from './words.ts';

interface Lowering {
  /** In start order. */
  readonly children: readonly Cell[];
  /** Those that were ending by themselves already. */
  readonly ending: ReadonlySet<Cell>;
}

/** When an actor is taken down, its children go first, the last one first. */
export const stopOrder: Invariant = {
  name: 'children end before their parents, in reverse order of their start',
  watch: (_run, fail) => ({
    born: ({ witness }) => {
      const lowerings = new Map<Cell, Lowering>();
      const asked = new WeakSet<Cell>();
      witness.on('lowering', (parent) => {
        const children = [...(parent.children?.cells.values() ?? [])];
        const ending = new Set(children.filter(({ state }) => state === 'stopping'));
        lowerings.set(parent, { children, ending });
      });
      witness.on('beginning', (cell) => {
        lowerings.delete(cell);
      });
      // Who is stopped on its own account, or has ended by itself, is in nobody's order.
      witness.on('stopAsked', (cell) => {
        asked.add(cell);
      });
      witness.on('ending', (_address, cell) => {
        if (cell === undefined) return;
        for (const child of cell.children?.cells.values() ?? []) {
          if (child.state !== 'stopped')
            fail(`${who(cell)} has ended before its child ${who(child)}, which is ${child.state}`);
        }
        lowerings.delete(cell);
        const lowering = cell.parent === undefined ? undefined : lowerings.get(cell.parent);
        if (lowering === undefined || asked.has(cell) || lowering.ending.has(cell)) return;
        const place = lowering.children.indexOf(cell);
        const early = lowering.children.slice(place + 1).find((sibling) => !isDown(sibling));
        if (place >= 0 && early !== undefined)
          fail(`${who(cell)} has ended before ${who(early)} (${early.state}), which was started after it`);
      });
    },
  }),
};

function isDown({ state, isAlive }: Cell): boolean {
  return state === 'stopped' || state === 'passive' || (state === 'suspended' && !isAlive);
}
