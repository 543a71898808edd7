// X07: a hundred keys are overwritten again and again, a million times in all; the file must not grow with it.

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRuntime } from 'troupe';
import { house } from '../simulation/house.ts';
import type { Part } from './part.ts';

const keys = 100;
const value = { text: 'x'.repeat(200) };
const mostTimes = 20;

/** X07. */
export async function overwrite(times: number): Promise<Part> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-soak-'));
  try {
    const runtime = await createRuntime(house, { store: join(folder, 'store') });
    await runtime.start();
    for (let done = 0; done < times; done += keys) {
      await runtime.state.transaction(async (tx) => {
        for (let key = 0; key < keys; key++) tx.set(`soak/${key}`, { ...value, done });
      });
    }
    const kept = Array.from({ length: keys }, (_, key) => runtime.state.history(`soak/${key}`)).flat();
    const live = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    await runtime.stop();
    const files = await readdir(join(folder, 'store'), { recursive: true });
    const sizes = await Promise.all(files.map((file) => stat(join(folder, 'store', file))));
    const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
    const ratio = bytes / live;
    return {
      id: 'X07',
      passed: ratio < mostTimes,
      found: `${times} overwrites of ${keys} keys: ${kept.length} versions of ${live} bytes in ${bytes} bytes of files, ${ratio.toFixed(1)} times as much`,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
