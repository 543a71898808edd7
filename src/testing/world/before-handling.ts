// Shows a test each message that an actor is about to handle, envelope and all. Actors themselves only ever see the
// event; the kernel does not keep the envelope anywhere while it is handled, since that would cost every message.

import type { Cell } from '../../kernel/cell.ts';
import type { Envelope } from '../../kernel/envelope.ts';

/** Calls something before each message that an actor handles. */
export function beforeHandling(cell: Cell, tell: (envelope: Envelope) => void): void {
  const handle = cell.handle.bind(cell);
  cell.handle = (envelope): void => {
    tell(envelope);
    handle(envelope);
  };
}
