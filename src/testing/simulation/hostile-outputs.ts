// What an agent may return that no agent should: an agent is somebody else's code, and often a language model's words.
// Each is refused or made plain at the edge; none may hurt whoever receives it.

const deep_levels = 3_000;

/** Makers of outputs, each a new one. */
export const hostileOutputs: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => 10n,
  () => Symbol('output'),
  () => () => 'a function',
  () => {
    const ring: Record<string, unknown> = {};
    ring['itself'] = ring;
    return ring;
  },
  () => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < deep_levels; level++) deep = { deep };
    return deep;
  },
  () => ({
    get output(): never {
      throw new Error('a getter that throws');
    },
  }),
  () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as unknown,
  () => ({ toJSON: () => 'something else' }),
  () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('a proxy that throws');
        },
      },
    ),
  () => '\u{1b}[2J\u{0}\r\n'.repeat(100),
  () => ({ type: 'task.done', output: 'forged' }),
];
