// How a turn is made ready to be written: what can't be kept costs an actor no more than it has to.

import { expect, test } from 'vitest';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { Cell } from '../../src/kernel/cell.ts';
import type { CommitHost } from '../../src/kernel/commit/commit-host.ts';
import { Packing } from '../../src/kernel/commit/commit-packing.ts';
import { Touch, Turn } from '../../src/kernel/commit/commit-turn.ts';
import { DurableMail } from '../../src/kernel/commit/durable-mail.ts';
import type { ActorRecord } from '../../src/kernel/recovery/durable-record.ts';
import { memoryStore } from '../../src/store/memory.ts';

/** Packs a record as that of an actor that a turn has touched. */
async function packed(record: ActorRecord): Promise<{ readonly kept: unknown; readonly spoiled: readonly unknown[] }> {
  const store = memoryStore(new VirtualClock());
  const spoiled: unknown[] = [];
  const host = {
    recordOf: () => record,
    keepOf: () => 1,
    writing: () => {},
    spoiled: (_: Cell, error: unknown) => spoiled.push(error),
  } as unknown as CommitHost;
  const turn = new Turn(1, 0);
  const touch = new Touch({ address: 'x', spec: { schema: 0 } } as unknown as Cell, turn);
  touch.snapshot = { status: 'active', output: undefined, error: undefined };
  turn.touches.push(touch);
  const { writes } = new Packing(store, new DurableMail(store, () => {}), host).close(turn);
  await store.commit(writes);
  return { kept: store.get('actor/x')?.value, spoiled };
}

const plain = { event: { type: 'plain' } };
const live = { event: { type: 'live', call: () => {} } };

test("a waiting message that can't be kept is left out of an actor's record, and spoils nothing", async () => {
  const { kept, spoiled } = await packed({ format: 1, snapshot: { n: 1 }, mail: [plain, live, plain] });
  expect([kept, spoiled]).toEqual([{ format: 1, snapshot: { n: 1 }, mail: [plain, plain] }, []]);
});

test("a state that can't be kept is refused for itself, whatever waits beside it", async () => {
  for (const mail of [[plain], [live], undefined]) {
    const record = { format: 1, snapshot: { call: () => {} }, ...(mail === undefined ? {} : { mail }) } as const;
    const { kept, spoiled } = await packed(record);
    expect(kept).toBeUndefined();
    expect(spoiled).toMatchObject([
      { code: 'UNSERIALIZABLE', message: expect.stringContaining('actor/x.snapshot.call') },
    ]);
  }
});
