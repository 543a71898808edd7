// How the log tells what happens to the store and to shared state: outages as errors, damage with what was served in
// its place, conflicts only where somebody looks for them.

import type { Logger } from 'pino';
import { assertNever } from '../base/assert-never.ts';
import { printable } from '../base/printable.ts';
import type { RuntimeEvent } from './events.ts';
import { loggable } from './loggable.ts';

/** Events of the store, of the kernel's use of it, and of shared state. */
export type StoreEvent = Extract<RuntimeEvent, { readonly type: `store.${string}` | `state.${string}` }>;

/** Writes one of them. */
export function writeStoreEvent(log: Logger, event: StoreEvent): void {
  switch (event.type) {
    case 'store.failed':
      log.error({ err: loggable(event.error) }, 'the store takes no commits; durable actors wait');
      break;
    case 'store.recovered':
      log.warn({ downMs: Math.round(event.downMs) }, 'the store takes commits again');
      break;
    case 'store.abandoned':
      log.error({ actors: event.actors, err: loggable(event.error) }, 'stopped without the last commits');
      break;
    case 'store.damaged':
      log.error(
        { key: printable(event.key), version: event.version, served: event.served, problem: event.problem },
        'a record in the store is damaged',
      );
      break;
    case 'store.pruned':
      log.info({ versions: event.versions, freed_bytes: event.freed_bytes }, 'old versions pruned');
      break;
    case 'store.warned': {
      const { warning, path, free_bytes, error } = event;
      const said = error === undefined ? {} : { err: loggable(error) };
      log.warn({ warning, path: printable(path), free_bytes, ...said }, 'the store wants looking after');
      break;
    }
    case 'state.conflict':
      log.debug(
        { key: printable(event.key), expected: event.expected, actual: event.actual, attempt: event.attempt },
        'state conflict',
      );
      break;
    case 'state.watcherFailed':
      log.error({ key: printable(event.key), err: loggable(event.error) }, 'a watcher of shared state threw');
      break;
    case 'state.writesLost':
      log.error({ err: loggable(event.error) }, 'writes of shared state were refused by the store');
      break;
    default:
      assertNever(event);
  }
}
