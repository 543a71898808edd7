// A quarantined actor: what is kept of it is for another program to read. It handles nothing, wants nothing, and its
// record is not touched.

import type { Cell } from '../../../kernel/cell.ts';
import { typeOf } from '../../../kernel/door.ts';
import type { Invariant } from '../invariant.ts';
import { named, who } from './words.ts';

/** Whoever is quarantined handles nothing, and what is kept of it stays as it is. */
export const quarantinedIsIdle: Invariant = {
  name: 'a quarantined actor handles nothing',
  watch: (_run, fail) => ({
    born: ({ witness, kernel }) => {
      const isQuarantined = (cell: Cell): boolean => kernel.restoring?.isQuarantined(cell) === true;
      witness.on('handling', (cell, envelope) => {
        if (isQuarantined(cell)) fail(`${who(cell)} is quarantined and handles ${named(envelope)}`);
      });
      witness.on('effect', (cell, effect) => {
        if (isQuarantined(cell)) fail(`${who(cell)} is quarantined, and its '${typeOf(effect)}' is carried out`);
      });
      witness.on('commit', ({ writes }) => {
        for (const { key } of writes) {
          if (!key.startsWith('actor/')) continue;
          const cell = kernel.registry.living(key.slice('actor/'.length));
          if (cell?.state === 'quarantined') fail(`${who(cell)} is quarantined, and its record is written`);
        }
      });
    },
  }),
};
