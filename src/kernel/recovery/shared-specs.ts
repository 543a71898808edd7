// One spec for all actors that were spawned with equal options. A thousand counters with the same options then share
// one, whether they are in memory or not.

import { limits } from '../../base/limits.ts';
import type { ChildType } from '../../base/supervision-options.ts';
import { actorSpec, type ActorSpec, type SpawnOptions } from '../spec.ts';

/** Options that place an actor or give it something of its own, and make no difference to its spec. */
const placing = new Set(['id', 'input', 'instances', 'logic', 'parent']);

/** The specs of a kernel. */
export class SharedSpecs {
  readonly #specs = new Map<string, ActorSpec>();

  /** @throws INVALID_OPTION */
  of(options: SpawnOptions, childDefault: ChildType): ActorSpec {
    const key = options.durable === true ? keyOf(options, childDefault) : undefined;
    if (key === undefined) return actorSpec(options, childDefault);
    const known = this.#specs.get(key);
    if (known !== undefined) return known;
    const spec = actorSpec(options, childDefault);
    if (this.#specs.size < limits.store.sharedSpecs_count) this.#specs.set(key, spec);
    return spec;
  }
}

/** What options say, as text; undefined when they hold more than words, numbers and tables of these. */
function keyOf(options: object, childDefault: ChildType): string | undefined {
  let key: string = childDefault;
  for (const [name, value] of Object.entries(options)) {
    if (placing.has(name)) continue;
    const text = textOf(value, 0);
    if (text === undefined) return undefined;
    key += `;${name}=${text}`;
  }
  return key;
}

function textOf(value: unknown, level: number): string | undefined {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined) return `${value}`;
  if (typeof value !== 'object') return undefined;
  if (value === null || level > 2) return undefined;
  let text = '{';
  for (const [name, part] of Object.entries(value)) {
    const inner = textOf(part, level + 1);
    if (inner === undefined) return undefined;
    text += `${name}:${inner},`;
  }
  return `${text}}`;
}
