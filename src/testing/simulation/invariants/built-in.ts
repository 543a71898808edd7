// Everything that holds in every simulated run, whatever the topology. Each of these is about a part of the runtime that
// exists; those of parts that are still to come (breakers, failure domains, preemption, health scores) join this list
// with them.

import type { Invariant } from '../invariant.ts';
import { everyMessageAccounted } from './accounting.ts';
import { sleepersRest } from './asleep.ts';
import { workOnce } from './attempts.ts';
import { bankSum } from './conserved.ts';
import { effectsOnce } from './effects.ts';
import { stopOrder } from './endings.ts';
import { leaversAreKept } from './leaving.ts';
import { childImpliesParent, noReentry, nothingAfterStop, oneIncarnation } from './lives.ts';
import { capacityAndReserve, orderPerPair, urgentStays } from './mailboxes.ts';
import { oneNotice } from './notices.ts';
import { outcomesAreTold } from './outcomes.ts';
import { quarantinedIsIdle } from './quarantine.ts';
import { timersGoOn } from './rearmed.ts';
import { noUnhandledRejection } from './rejections.ts';
import { restartLimits } from './restarts.ts';
import { acknowledgedIsPresent, everyReadVerified, versionsCountByOne } from './stored.ts';
import { timeGoesOn, timersOfTheLiving } from './time.ts';
import { noWaitCycle } from './waits.ts';
import { asksSettleOnce, chainsHold, delegationsSettleOnce } from './work.ts';

/** What must always hold, in every topology. */
export const builtInInvariants: readonly Invariant[] = [
  oneIncarnation,
  childImpliesParent,
  nothingAfterStop,
  noReentry,
  leaversAreKept,
  sleepersRest,
  restartLimits,
  stopOrder,
  oneNotice,
  everyMessageAccounted,
  orderPerPair,
  capacityAndReserve,
  versionsCountByOne,
  acknowledgedIsPresent,
  bankSum,
  effectsOnce,
  workOnce,
  everyReadVerified,
  chainsHold,
  noWaitCycle,
  asksSettleOnce,
  delegationsSettleOnce,
  outcomesAreTold,
  urgentStays,
  quarantinedIsIdle,
  timersOfTheLiving,
  timersGoOn,
  timeGoesOn,
  noUnhandledRejection(),
];
