// What the pages show does what they say: the topologies of the README and of the first steps run, and the pages about
// machines and tests hold what their comments claim.

import { readdirSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJiti } from 'jiti';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type * as troupeEntry from '../../src/index.ts';
import type { Topology } from '../../src/index.ts';
import { runtimeKit } from '../runtime/runtime-kit.ts';
import { blocks, page, root } from './markdown.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'troupe-pages-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const jiti = createJiti(import.meta.url, {
  alias: { 'troupe/machines': join(root, 'machines/index.ts'), troupe: join(root, 'src/index.ts') },
  fsCache: false,
});

/** The TypeScript blocks of a page, those from `first` to `last`, as one module that has been run. */
async function run(path: string, first: number, last = first): Promise<Readonly<Record<string, unknown>>> {
  const code = blocks(page(path))
    .filter(({ language }) => language === 'ts')
    .slice(first, last + 1);
  const file = join(folder, `${path.replaceAll('/', '~')}-${first}.ts`);
  await writeFile(file, code.map((block) => block.code).join('\n'));
  return jiti.import(file);
}

test('the topology of the README', { timeout: 60_000 }, async () => {
  const { default: topology } = await run('README.md', 0);
  const { createRuntime } = await jiti.import<typeof troupeEntry>(join(root, 'src/index.ts'));
  const disk = topology as Topology<{ disk: { input: { folder: string }; output: number } }>;
  await using runtime = await createRuntime(disk);
  await runtime.start();
  expect(await runtime.run({ type: 'disk', input: { folder: join(root, 'docs/pictures') } })).toBeGreaterThan(10_000);
});

test('the first topology, embedded', { timeout: 60_000 }, async () => {
  const { measure } = (await run('docs/first-topology.md', 0, 2)) as { measure: (path: string) => Promise<unknown> };
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const decisions = join(root, 'docs/decisions');
  expect(await measure(decisions)).toMatchObject({ files: readdirSync(decisions).length });
  expect(log.mock.calls).toContainEqual(['list at main/files/list']);
  log.mockRestore();
});

test('the first actor answers 5', { timeout: 60_000 }, async () => {
  const { example } = (await run('docs/actors.md', 0)) as { example: (runtime: unknown) => Promise<number> };
  const { default: topology } = await import('../../docs/examples/support-desk/topology.ts');
  const kit = await runtimeKit(topology);
  const answer = example(kit.runtime);
  await kit.settle();
  expect(await answer).toBe(5);
  await kit.runtime.stop();
});

test('the machine test of the actors page passes', { timeout: 60_000 }, async () => {
  const count = blocks(page('docs/actors.md')).filter(({ language }) => language === 'ts').length;
  await expect(run('docs/actors.md', count - 1)).resolves.toBeDefined();
});

test('a supervisor that may restart once gives up at the second crash', { timeout: 60_000 }, async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await run('docs/machines.md', 0);
  expect(log.mock.calls).toEqual([['supervising', 'gaveUp']]);
  log.mockRestore();
});

test('a machine as an agent takes tasks and passes them on in their name', { timeout: 60_000 }, async () => {
  const at = blocks(page('docs/delegation.md'))
    .filter(({ language }) => language === 'ts')
    .findIndex(({ code }) => code.includes('clerk'));
  const { desk } = await run('docs/delegation.md', at);
  const troupe = await jiti.import<typeof troupeEntry>(join(root, 'src/index.ts'));
  const archive = troupe.agent({
    accepts: 'file',
    run: (task: { readonly input: unknown }) => `filed: ${String(task.input)}`,
  });
  const topology = troupe.defineTopology({
    name: 'office',
    orchestrators: {
      main: troupe.orchestrator({
        directors: { desks: troupe.director({ agents: { desk: desk as typeof archive, archive } }) },
      }),
    },
  });
  await using runtime = await troupe.createRuntime(
    topology as unknown as Topology<{ letter: { input: string; output: string } }>,
  );
  await runtime.start();
  const letter = await runtime.submit({ type: 'letter', input: 'a letter' });
  expect(await letter.result()).toBe('filed: a letter');
});
