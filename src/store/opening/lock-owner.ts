// Who a process is, for longer than its id is its own: ids are used again, also by the first process after a restart
// of a machine or container. On Linux the system says when a process began, which boot it belongs to and in which
// space of ids; elsewhere the id has to do.

import { readFile, readlink } from 'node:fs/promises';
import { hostname, uptime } from 'node:os';

/** A process as a lock names it. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** When it began, in ticks since the machine did; Linux only. */
  readonly began?: string;
  /** Which boot of the machine it belongs to; Linux only. */
  readonly boot?: string;
  /** The space in which its id counts: containers have their own; Linux only. */
  readonly space?: string;
}

/** This process. */
export async function thisProcess(): Promise<LockOwner> {
  const [began, boot, space] = await Promise.all([
    beganAt(process.pid),
    quietly(async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()),
    quietly(() => readlink('/proc/self/ns/pid')),
  ]);
  return {
    pid: process.pid,
    host: hostname(),
    ...(began === undefined ? {} : { began }),
    ...(boot === undefined ? {} : { boot }),
    ...(space === undefined ? {} : { space }),
  };
}

/** What can be said of an owner: `unknown` where it lives out of our sight, on another machine or in another container. */
export type Presence = 'alive' | 'dead' | 'unknown';

/**
 * Whether an owner still lives.
 *
 * @param age_ms - How long ago it last gave a sign.
 */
export async function presenceOf(owner: LockOwner, self: LockOwner, age_ms: number): Promise<Presence> {
  if (owner.host !== self.host) return 'unknown';
  if (owner.boot !== self.boot) return 'dead'; // the machine has been started again since
  if (owner.space !== self.space) return 'unknown';
  if (owner.boot === undefined && age_ms > uptime() * 1_000 + clockSlack_ms) return 'dead';
  return (await isAlive(owner)) ? 'alive' : 'dead';
}

const clockSlack_ms = 60_000;

async function isAlive({ pid, began }: LockOwner): Promise<boolean> {
  if (!answers(pid)) return false;
  const now = began === undefined ? undefined : await beganAt(pid);
  // A process that the system hides from this user has to be taken for alive; one that ended meanwhile has not.
  return now === undefined ? answers(pid) : now === began;
}

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** When a process began; `ended` for one that has, and that nobody has asked for its status yet. */
async function beganAt(pid: number): Promise<string | undefined> {
  return quietly(async () => {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // its name may hold anything
    return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : fields[19];
  });
}

async function quietly<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}
