// What is kept of a durable actor that was spawned with registered logic, so that it comes back by itself in another
// process: the name of its logic, its place, its input and its options. Options that are functions can't be kept; an
// actor with any comes back when the program spawns it again.

import type { Store, StoreWrite } from '../../store/port.ts';
import type { Address } from '../address.ts';
import type { SpawnOptions } from '../spec.ts';
import { spawnPrefix } from './actor-keys.ts';

/** The value under `spawn/<address>`. */
export interface SpawnRecord {
  readonly format: 1;
  /** The name its logic is registered under. */
  readonly logic: string;
  /** Left out when it was spawned at the top. */
  readonly parent?: string;
  readonly input?: unknown;
  /** Those that say more than `durable`. */
  readonly options?: PlainOptions;
}

/** Options that are plain data. */
export type PlainOptions = Omit<
  SpawnOptions,
  'id' | 'input' | 'instances' | 'hooks' | 'children' | 'migrate' | 'onEmitted'
>;

/** Options that are live; who has one can't come back by itself. */
export const liveOptions = [
  'hooks',
  'children',
  'migrate',
  'onEmitted',
] as const satisfies readonly (keyof SpawnOptions)[];

/** The first option that can't be kept. */
export function liveOption(options: SpawnOptions): string | undefined {
  return liveOptions.find((key) => options[key] !== undefined);
}

/** What there is to say besides `durable`. */
export function plainOptions(options: SpawnOptions): PlainOptions | undefined {
  const { id: _id, input: _input, instances: _instances, durable: _durable, ...rest } = options;
  const said = Object.entries(rest).filter(([key, value]) => value !== undefined && !isLive(key));
  return said.length === 0 ? undefined : Object.fromEntries(said);
}

function isLive(key: string): boolean {
  return (liveOptions as readonly string[]).includes(key);
}

/** The write that keeps how an actor was spawned. @throws UNSERIALIZABLE when its input can't be kept. */
export function spawnWrite(
  store: Store,
  address: Address,
  logic: string,
  parent: Address | undefined,
  options: SpawnOptions,
): StoreWrite {
  const key = spawnPrefix + address;
  const plain = plainOptions(options);
  const record: SpawnRecord = {
    format: 1,
    logic,
    ...(parent === undefined ? {} : { parent }),
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(plain === undefined ? {} : { options: plain }),
  };
  return { key, packed: store.pack(record, key) };
}

/** How an actor was spawned. */
export function readSpawn(store: Store, address: string): SpawnRecord | undefined {
  return asSpawnRecord(store.get(spawnPrefix + address)?.value);
}

/** What is kept under such a key, when it is a record of a spawning. */
export function asSpawnRecord(kept: unknown): SpawnRecord | undefined {
  const value = kept as Partial<SpawnRecord> | null | undefined;
  return value?.format === 1 && typeof value.logic === 'string' ? (value as SpawnRecord) : undefined;
}
