// Who is meant by a task type or an address, seen from each place in the tree.

import { describe, expect, test } from 'vitest';
import { InvalidOptionError, NoAgentError } from '../../src/base/errors.ts';
import { toDelegateRequest } from '../../src/topology/context.ts';
import { routesOf } from '../../src/topology/routes.ts';
import { idle, looseDirector, looseOrchestrator, looseTopology, small } from './declared.ts';

const routes = routesOf(
  looseTopology({
    name: 't',
    orchestrators: {
      main: looseOrchestrator({
        run: () => 1,
        directors: {
          code: looseDirector({ agents: { list: idle(), measure: idle({ instances: 2 }) } }),
          docs: looseDirector({ agents: { write: idle(), draw: idle({ accepts: ['svg', 'png'] }) } }),
        },
      }),
      other: looseOrchestrator({
        directors: { far: looseDirector({ agents: { fetch: idle(), list2: idle({ accepts: 'listAll' }) } }) },
      }),
    },
  }),
);
const meant = (from: string, to: string): string => routes.resolveFrom(from, to).address;

describe('lookups', () => {
  test('a submitted type goes to the orchestrator that accepts it', () => {
    expect(routes.types).toEqual(['main', 'fetch', 'listAll']);
    expect(routes.orchestratorFor('main')?.address).toBe('main');
    expect(routes.orchestratorFor('fetch')?.address).toBe('other');
    expect(routes.orchestratorFor('list')).toBeUndefined();
  });

  test('directors and agents by type', () => {
    expect(routes.directorsFor('main', 'png').map(({ address }) => address)).toEqual(['main/docs']);
    expect(routes.agentsFor('main/docs', 'png').map(({ address }) => address)).toEqual(['main/docs/draw']);
    expect(routes.agentsFor('main/code', 'png')).toEqual([]);
    expect(routes.agentsUnder('main', 'png').map(({ name }) => name)).toEqual(['draw']);
    expect(routes.node('main/code/measure:1')?.name).toBe('measure');
  });
});

describe('a delegation means', () => {
  test.each([
    ['an orchestrator its director', 'main', 'measure', 'main/code'],
    ['a director its agent', 'main/code', 'measure', 'main/code/measure'],
    ['an agent its sibling', 'main/code/list', 'measure', 'main/code/measure'],
    ['an instance a sibling of its agent', 'main/code/measure:1', 'list', 'main/code/list'],
    ['an agent another agent of its orchestrator', 'main/code/list', 'write', 'main/docs/write'],
    ['a director an agent elsewhere in its orchestrator', 'main/code', 'write', 'main/docs/write'],
    ['an agent another orchestrator', 'main/code/list', 'fetch', 'other'],
    ['an orchestrator another orchestrator', 'main', 'fetch', 'other'],
    ['an absolute address', 'main/code/list', 'main/docs', 'main/docs'],
    ['an address with a leading slash', 'main/code/list', '/other', 'other'],
    ['a relative address', 'main/code/list', '../../docs/draw', 'main/docs/draw'],
    ['an instance of an agent', 'main/docs', 'main/code/measure:0', 'main/code/measure'],
  ])('%s', (_name, from, to, expected) => {
    expect(meant(from, to)).toBe(expected);
  });

  test('nobody: an error with the known types', () => {
    for (const to of ['nothing', 'main/code/nothing', '../nothing', '', '..']) {
      expect(() => meant('main', to)).toThrow(NoAgentError);
    }
    expect(() => meant('main', 'nothing')).toThrow(/known types: main, list, measure/);
    expect(() => meant('main/code/list', 'list')).toThrow(NoAgentError);
  });

  test('whom the route chooses, where several take the type', () => {
    const task = (input: string) => ({ id: 't1', type: 'x', input });
    const agents = { a: idle({ accepts: 'x' }), b: idle({ accepts: 'x' }) };
    const routed = routesOf(small(agents, { director: { route: ({ input }: { input: string }) => input } }));
    expect(routed.resolveFrom('main/code', 'x', task('b')).name).toBe('b');
    expect(() => routed.resolveFrom('main/code', 'x', task('c'))).toThrow(InvalidOptionError);
  });
});

describe('the second argument of delegate', () => {
  test('is a request only when it has an input and nothing foreign', () => {
    expect(toDelegateRequest({ input: 1, key: 'k' })).toEqual({ input: 1, key: 'k' });
    expect(toDelegateRequest({ input: 1, dir: 'k' })).toEqual({ input: { input: 1, dir: 'k' } });
    expect(toDelegateRequest({ key: 'k' })).toEqual({ input: { key: 'k' } });
    expect(toDelegateRequest([1])).toEqual({ input: [1] });
    expect(toDelegateRequest('text')).toEqual({ input: 'text' });
    expect(toDelegateRequest(null)).toEqual({ input: null });
  });
});
