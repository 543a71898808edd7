// The pictures of the documentation are drawn by the product, from its examples and its own machines. A picture that is
// out of date fails here; `npx vitest run test/docs/pictures.test.ts --update` draws all SVGs anew.

import { describe, expect, test } from 'vitest';
import auditTopology from '../../docs/examples/audit/topology.ts';
import deskTopology from '../../docs/examples/support-desk/topology.ts';
import { triageMachine } from '../../docs/examples/support-desk/triage.ts';
import {
  agentMachine,
  breakerMachine,
  directorMachine,
  orchestratorMachine,
  supervisorMachine,
  taskMachine,
} from '../../machines/index.ts';
import { drawMachine, drawTree } from '../../src/topology/draw/draw.ts';
import { blocks, page, sections } from './markdown.ts';

const pictures = new URL('../../docs/pictures/', import.meta.url).pathname;

test('the tree of the audit', async () => {
  await expect(await drawTree(auditTopology.resolved, 'svg')).toMatchFileSnapshot(`${pictures}audit-tree.svg`);
});

test('the tree of the support desk', async () => {
  await expect(await drawTree(deskTopology.resolved, 'svg')).toMatchFileSnapshot(`${pictures}support-desk-tree.svg`);
});

test('the statechart of the support desk', async () => {
  await expect(await drawMachine(triageMachine, 'svg')).toMatchFileSnapshot(`${pictures}support-desk-triage.svg`);
});

describe('docs/machines.md', () => {
  const machines = {
    supervisor: supervisorMachine,
    task: taskMachine,
    agent: agentMachine,
    director: directorMachine,
    orchestrator: orchestratorMachine,
    breaker: breakerMachine,
  };
  const parts = new Map(sections(page('docs/machines.md'), 2).map(({ title }) => [title.toLowerCase(), title]));
  const drawn = blocks(page('docs/machines.md')).filter(({ language }) => language === 'mermaid');

  test('has a picture of every machine, in one order', () => {
    expect(drawn).toHaveLength(Object.keys(machines).length);
    expect(Object.keys(machines).filter((name) => !parts.has(name))).toEqual([]);
  });

  test.each(Object.entries(machines))('%s is drawn as it is', async (name, machine) => {
    const index = Object.keys(machines).indexOf(name);
    expect(drawn[index]?.code).toBe(await drawMachine(machine, 'mermaid'));
  });
});
