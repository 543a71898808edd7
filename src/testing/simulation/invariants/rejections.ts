// Promises that are rejected and that nobody waits for: in production they end the process. Only the process knows of
// them, so this invariant listens to it from the first life of a run to the end of the run.

import { describeError } from '../../../base/errors.ts';
import type { Invariant } from '../invariant.ts';

/** Where unhandled rejections are told: the process, or something like it. */
export interface RejectionSource {
  on(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown;
  off(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown;
}

/** No promise is rejected unheard during a run. */
export function noUnhandledRejection(source: RejectionSource = process): Invariant {
  return {
    name: 'no rejection is unhandled',
    watch: (run, fail) => {
      const onRejection = (reason: unknown): void => {
        const when = run.life === undefined ? 'while the process was down' : `in life ${run.life.nth}`;
        fail(`a promise was rejected ${when}, and nobody has heard of it: ${described(reason)}`);
      };
      let isHeard = false;
      return {
        born: () => {
          if (!isHeard) source.on('unhandledRejection', onRejection);
          isHeard = true;
        },
        done: () => {
          source.off('unhandledRejection', onRejection);
        },
      };
    },
  };
}

function described(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : describeError(reason);
}
