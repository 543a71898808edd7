// What happens in the kernel that somebody may want to see: the union that logs, metrics and pages are made from.
// Only rare things are events; a message that is simply handled is not one.

import type { Reason } from '../base/reason.ts';

/** Why a message was not delivered. */
export type DeadLetterReason =
  | 'no such actor'
  | 'actor stopped'
  | 'mailbox full'
  | 'dropped for a newer message'
  | 'crashed its actor too often'
  | 'reply came too late'
  | 'nobody waits for a reply'
  | 'stash full'
  | 'no subscriber may be added'
  | 'can not be kept'
  | 'rolled back';

/** A rare thing that happened in the kernel. `at` is calendar time in milliseconds. */
export type KernelEvent = { readonly at: number } & (
  | { readonly type: 'actor.started'; readonly address: string; readonly incarnation: number }
  | { readonly type: 'actor.stopped'; readonly address: string; readonly reason: Reason; readonly error?: unknown }
  | { readonly type: 'actor.crashed'; readonly address: string; readonly incarnation: number; readonly error: unknown }
  | { readonly type: 'actor.restarting'; readonly address: string; readonly delayMs: number; readonly scope: string }
  | { readonly type: 'actor.stopHookFailed'; readonly address: string; readonly error: unknown }
  | {
      readonly type: 'actor.rolledBack';
      readonly address: string;
      /** The version that could not be gone on from. */
      readonly from: number;
      readonly to: number | 'initial';
      readonly error: unknown;
    }
  | { readonly type: 'actor.quarantined'; readonly address: string; readonly schema: number; readonly error: unknown }
  | {
      readonly type: 'kernel.recovered';
      readonly resumed: number;
      readonly parked: number;
      readonly timers: number;
      readonly tookMs: number;
    }
  | { readonly type: 'supervisor.gaveUp'; readonly address: string; readonly child: string; readonly error: unknown }
  | {
      readonly type: 'message.dead';
      readonly address: string;
      readonly messageType: string;
      readonly from: string | undefined;
      readonly reason: DeadLetterReason;
      /** Dead letters since the last report that were not reported themselves. */
      readonly suppressed: number;
      readonly error?: unknown;
    }
  | {
      readonly type: 'delegation.refused';
      readonly from: string | undefined;
      readonly to: string;
      readonly task: string;
      readonly error: unknown;
    }
  | { readonly type: 'delegation.late'; readonly address: string; readonly task: string }
  | { readonly type: 'effect.refused'; readonly address: string; readonly effect: string; readonly error: unknown }
  | { readonly type: 'store.failed'; readonly error: unknown }
  | { readonly type: 'store.recovered'; readonly downMs: number }
  | { readonly type: 'store.abandoned'; readonly actors: number; readonly error: unknown }
  | { readonly type: 'kernel.fatal'; readonly error: unknown }
);

/** A kernel event before it has its time. */
export type KernelHappening = KernelEvent extends infer E ? (E extends KernelEvent ? Omit<E, 'at'> : never) : never;
