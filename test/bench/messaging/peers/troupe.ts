// The rows of troupe itself. Loaded from the built package (`npm run build` at the root first), by a path that is
// computed because this file is compiled one folder deeper than it lies:
//   await import(new URL('../../../../../dist/src/index.js', import.meta.url).href)
// with `import type` from '../../../../dist/src/index.d.ts'. Until the kernel is there, every row says so.
import type { Peer } from '../peer.ts';

const unavailable = 'the kernel is not built yet: complete test/bench/messaging/peers/troupe.ts';

/** Custom logic, transition logic and machines, each through the full path. */
export const peers: readonly Peer[] = [
  { name: 'troupe custom', kind: 'custom', version: 'troupe', unavailable, workloads: {} },
  { name: 'troupe', kind: 'transition', version: 'troupe', unavailable, workloads: {} },
  { name: 'troupe machine', kind: 'machine', version: 'troupe', unavailable, workloads: {} },
];
