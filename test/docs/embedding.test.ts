// The service of docs/embedding.md, taken out of the page and run as it stands: a process of its own, real HTTP on a
// port of the system's choice, a real SIGTERM.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocks, page, root } from './markdown.ts';

let folder = '';
let service: ChildProcess | undefined;
let base = '';

/** The blocks from the one that begins the service to the end. */
function serviceCode(): string {
  const all = blocks(page('docs/embedding.md')).filter(({ language }) => language === 'ts');
  const first = all.findIndex(({ code }) => code.includes("from 'fastify'"));
  return all
    .slice(first)
    .map(({ code }) => code)
    .join('\n');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'troupe-service-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'service.ts'), serviceCode());
  const alias = JSON.stringify({ troupe: join(root, 'src/index.ts') });
  const child = spawn(process.execPath, [join(root, 'node_modules/jiti/lib/jiti-cli.mjs'), 'service.ts'], {
    cwd: folder,
    env: { ...process.env, PORT: '0', JITI_ALIAS: alias, JITI_FS_CACHE: 'false' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  service = child;
  const [said] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  base = said.replace('listening on ', '');
}, 60_000);

afterAll(async () => {
  if (service?.exitCode === null) service.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers }> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(`${base}${path}`, { method, ...init });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  };
}

test('the page shows the file as it is', () => {
  const file = page('docs/examples/service/service.ts').text;
  expect(file.slice(file.indexOf('import '))).toBe(serviceCode());
});

test('a client that waits gets the result', async () => {
  expect(await call('POST', '/counts', { pages: ['one two', 'three'] })).toMatchObject({
    status: 200,
    body: { words: 3 },
  });
});

test('an input that fails its schema is a 400 with the issues', async () => {
  expect(await call('POST', '/counts', { pages: [] })).toMatchObject({
    status: 400,
    body: { code: 'INVALID_INPUT', retryable: false, details: { issues: [{ path: 'pages' }] } },
  });
});

test('a run that takes too long is a 504', async () => {
  const { status, body } = await call('POST', '/counts?timeout=50ms', { pages: ['one'], pauseMs: 5_000 });
  expect({ status, code: body['code'], stack: body['stack'] }).toEqual({
    status: 504,
    code: 'TASK_TIMEOUT',
    stack: undefined,
  });
});

test('a run can be asked for and followed by its events', async () => {
  const accepted = await call('POST', '/runs', { pages: ['one two', 'three', 'four'], pauseMs: 10 });
  expect(accepted).toMatchObject({ status: 202, body: { type: 'count' } });
  const location = accepted.headers.get('location') ?? '';
  const stream = await fetch(`${base}${location}/events`);
  expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const types = [...(await stream.text()).matchAll(/^event: (\w+)$/gm)].map((match) => match[1]);
  expect(types.filter((type) => type === 'checkpoint')).toHaveLength(3);
  expect(types.at(-1)).toBe('ended');
  expect(await call('GET', location)).toMatchObject({ status: 200, body: { state: 'done', output: { words: 4 } } });
});

test('a run can be cancelled; one that is not there is a 404', async () => {
  const { body } = await call('POST', '/runs', { pages: ['one'], pauseMs: 60_000 });
  expect(await call('DELETE', `/runs/${String(body['id'])}`)).toMatchObject({
    status: 200,
    body: { state: 'cancelled' },
  });
  expect(await call('GET', '/runs/nobody')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
});

test('on SIGTERM an open run ends, whoever follows it hears so, and the process ends by itself', async () => {
  const { body } = await call('POST', '/runs', { pages: ['one two', 'three'], pauseMs: 300 });
  const stream = await fetch(`${base}/runs/${String(body['id'])}/events`);
  service?.kill('SIGTERM');
  expect(await stream.text()).toMatch(/^event: ended\ndata: .*"state":"done"/m);
  const [code] = service?.exitCode === null ? ((await once(service, 'exit')) as [number | null]) : [service?.exitCode];
  expect(code).toBe(0);
  await expect(fetch(`${base}/runs/any`)).rejects.toThrow();
});
