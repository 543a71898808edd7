// How a run is followed on stderr: redrawn in place on a terminal, as plain lines everywhere else. Both count with the
// same tally.

import type { RuntimeEvent } from '../../observe/events.ts';

/** Shows what a run does. */
export interface Progress {
  /** Takes note of what happens. */
  take(event: RuntimeEvent): void;
  /** Says that the run is being stopped, and what is waited for. */
  stopping(text: string): void;
  /** Shows nothing more. */
  end(): void;
}
