// Tasks that wait for each other: one that has delegated waits for those tasks, and one that waits for a place at its
// agent waits for those that have one. A set of tasks in which everybody waits for somebody in it gets nowhere before
// a deadline breaks it up. Whoever is not known to wait counts as working, so nobody is accused who may yet go on.

import { limits } from '../../../base/limits.ts';
import type { Delegation } from '../../../kernel/delegation.ts';
import type { Invariant, Life } from '../invariant.ts';

const { waitCycle_ms, waitsEvery_steps } = limits.testing;

/** No set of tasks waits for itself for longer than a minute. */
export const noWaitCycle: Invariant = {
  name: 'no tasks wait for each other for long',
  watch: (run, fail) => {
    let since = new Map<Delegation, number>();
    let queued = new Set<string>();
    const check = (_life: Life, isEnd = false): void => {
      const stuck = stuckAmong(since.keys(), queued);
      const [first] = stuck;
      if (first === undefined) return;
      const youngest = Math.max(...stuck.map((each) => since.get(each) ?? run.now()));
      const waited = run.now() - youngest;
      if (!isEnd && waited < waitCycle_ms) return;
      const shown = stuck.map(({ id, from, to }) => `'${id}' of '${from ?? 'outside'}' at '${to}'`).join(', ');
      fail(`${stuck.length} tasks have been waiting for each other for ${waited} ms: ${shown}`);
    };
    return {
      born: ({ witness }) => {
        since = new Map();
        queued = new Set();
        witness.on('delegated', (delegation) => {
          if (!delegation.settled) since.set(delegation, run.now());
        });
        witness.on('settled', (delegation) => {
          since.delete(delegation);
          queued.delete(placeOf(delegation.to, delegation.id));
        });
      },
      event: (event) => {
        if (event.type !== 'run.event') return;
        const { type, address, task } = event.event;
        if (type === 'queued') queued.add(placeOf(address, task));
        else queued.delete(placeOf(address, task));
      },
      step: (life) => {
        if (run.step % waitsEvery_steps === 0) check(life);
      },
      settled: (life) => {
        check(life, true);
      },
    };
  },
};

function placeOf(address: string, task: string): string {
  return `${address} ${task}`;
}

/** The largest set of tasks each of which waits only for others in it. */
function stuckAmong(open: Iterable<Delegation>, queued: ReadonlySet<string>): readonly Delegation[] {
  const stuck = new Set(open);
  const atWork = new Map<string, Delegation[]>();
  const isQueued = ({ to, id }: Delegation): boolean => queued.has(placeOf(to, id));
  for (const task of stuck) {
    if (isQueued(task)) continue;
    const others = atWork.get(task.to);
    if (others === undefined) atWork.set(task.to, [task]);
    else others.push(task);
  }
  const goesOn = (task: Delegation): boolean => {
    const waitsFor = isQueued(task) ? (atWork.get(task.to) ?? []) : [...task.children];
    return waitsFor.length === 0 || waitsFor.some((other) => !stuck.has(other));
  };
  for (let before = -1; before !== stuck.size;) {
    before = stuck.size;
    for (const task of stuck) if (goesOn(task)) stuck.delete(task);
  }
  return [...stuck];
}
