// A workload that keeps its promises: it acknowledges what has been answered, and what it has done twice is as good as once.

import assert from 'node:assert/strict';
import { crashWorkload } from '../../../src/testing/crash/crash-workload.ts';
import topology, { till } from './shop.ts';

/** What has been promised: a sale that the till has kept, or goods that have been shipped. */
type Promised = { readonly sale: number } | { readonly shipped: string };

export default crashWorkload(topology, {
  options: { logics: { till } },
  async run(runtime, acknowledge: (note: Promised) => void) {
    const ref = runtime.spawn(till, { id: 'till', durable: true });
    await ref.ask({ type: 'sell', sale: 1 });
    acknowledge({ sale: 1 });
    const run = await runtime.submit({ type: 'ship', input: 'book' });
    await run.result();
    acknowledge({ shipped: 'book' });
  },
  async check({ runtime, acknowledged }) {
    const ref = runtime.spawn(till, { id: 'till', durable: true });
    const { sales } = (await ref.ask({ type: 'read' })) as unknown as { readonly sales: readonly number[] };
    assert.deepEqual([...new Set(sales)], sales, 'a sale was kept twice');
    for (const note of acknowledged) {
      if ('sale' in note) assert.ok(sales.includes(note.sale), `sale ${note.sale} is lost`);
      else assert.ok(runtime.state.get(`shipped/${note.shipped}`), `${note.shipped} was never shipped`);
    }
    for (const run of runtime.runs()) assert.equal(run.state, 'done');
  },
});
