// A workload with a mistake: it promises what is only in a mailbox.

import assert from 'node:assert/strict';
import { crashWorkload } from '../../../src/testing/crash/crash-workload.ts';
import topology, { till } from './shop.ts';

export default crashWorkload(topology, {
  options: { logics: { till } },
  async run(runtime, acknowledge: (sale: number) => void) {
    const ref = runtime.spawn(till, { id: 'till', durable: true });
    for (const sale of [1, 2]) {
      ref.tell({ type: 'sell', sale });
      acknowledge(sale); // `await runtime.committed()` should stand before
      await runtime.committed();
    }
  },
  async check({ runtime, acknowledged }) {
    const ref = runtime.spawn(till, { id: 'till', durable: true });
    const { sales } = (await ref.ask({ type: 'read' })) as unknown as { readonly sales: readonly number[] };
    for (const sale of acknowledged) assert.ok(sales.includes(sale), `sale ${sale} is lost`);
  },
});
