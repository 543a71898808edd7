// A workload whose topology has a mistake: `carry` counts without saying for which task, so work that is started again
// counts twice.

import assert from 'node:assert/strict';
import { crashWorkload } from '../../../src/testing/crash/crash-workload.ts';
import topology from './shop.ts';

export default crashWorkload(topology, {
  async run(runtime) {
    await runtime.run({ type: 'carry', input: 'table' });
  },
  check({ runtime }) {
    const carried = runtime.state.get<number>('carried')?.value ?? 0;
    assert.equal(carried, runtime.runs().length, 'what was carried, and how often it was asked for');
  },
});
