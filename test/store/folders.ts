// Folders and stores for tests of the store on disk: made under the system's own folder for such things, and removed
// when the test is over.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { StoreAdmin } from '../../src/store/admin.ts';
import type { OpenEnvironment } from '../../src/store/lmdb/environment.ts';
import { type EngineOptions, openEngine } from '../../src/store/lmdb/engine.ts';
import { openLmdbEnvironment } from '../../src/store/lmdb/lmdb-environment.ts';
import type { Damage } from '../../src/store/port.ts';

/** An empty folder. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-store-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The machine's clock with a calendar that can be moved. */
export function movableClock(): typeof systemClock & { setWall(wallMs: number): void } {
  let wall: number | undefined;
  return {
    ...systemClock,
    wall: () => wall ?? systemClock.wall(),
    setWall: (wallMs) => {
      wall = wallMs;
    },
  };
}

export interface TestStore {
  readonly folder: string;
  readonly store: StoreAdmin;
  readonly damage: Damage[];
  /** Closes it and opens it again, with the same damage list. */
  again(this: void, options?: EngineOptions): Promise<StoreAdmin>;
}

/** A store in a new folder. It is closed when the test is over. */
export async function testStore(
  options: EngineOptions = {},
  environment: OpenEnvironment = openLmdbEnvironment,
): Promise<TestStore> {
  const folder = emptyFolder();
  const damage: Damage[] = [];
  const onDamage = (found: Damage): void => {
    damage.push(found);
  };
  let current = await openEngine(folder, { onDamage, ...options }, environment);
  onTestFinished(() => current.close());
  const again = async (other: EngineOptions = {}): Promise<StoreAdmin> => {
    await current.close();
    current = await openEngine(folder, { onDamage, ...options, ...other }, environment);
    return current;
  };
  return { folder, store: current, damage, again };
}
