// Being told to stop: the first signal drains, the second ends at once, and the status says which signal it was.

import { describe, expect, test } from 'vitest';
import { folderWith, start, workTopology } from './cli-kit.ts';

/** Says when it has begun; ends by itself after a while, or at once when it is cancelled. */
const slow = (ms: number): string =>
  workTopology(`(_task, ctx) => new Promise((resolve, reject) => {
  console.error('begun');
  const timer = setTimeout(() => resolve('whole'), ${ms});
  ctx.signal.addEventListener('abort', () => { clearTimeout(timer); console.error('aborted'); reject(ctx.signal.reason); });
})`);

describe('a signal', () => {
  test('lets the run come to its end, prints its result, and ends with 130', async () => {
    const run = start(['run', 't.ts'], { cwd: await folderWith({ 't.ts': slow(700) }) });
    await run.said('begun');
    run.child.kill('SIGINT');
    const { status, stdout, stderr } = await run.ended;
    expect(stderr).toContain('Ctrl-C: waiting up to 10 s for 1 running, 0 waiting; again to stop at once.');
    expect(stderr).not.toContain('aborted');
    expect(stdout).toBe('"whole"\n');
    expect(status).toBe(130);
  });

  test('cancels the run when --drain has passed', async () => {
    const run = start(['run', 't.ts', '--drain', '150ms'], { cwd: await folderWith({ 't.ts': slow(60_000) }) });
    await run.said('begun');
    run.child.kill('SIGINT');
    const { status, stdout, stderr } = await run.ended;
    expect(stderr).toContain('waiting up to 150 ms');
    expect(stderr).toContain('aborted');
    expect(stderr).toContain('work was stopped after');
    expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
  });

  test('cancels at once with --drain 0', async () => {
    const run = start(['run', 't.ts', '--drain', '0'], { cwd: await folderWith({ 't.ts': slow(60_000) }) });
    await run.said('begun');
    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({ status: 130, stdout: '' });
  });

  test('given twice ends at once; one that is passed on by a launcher is the same press', async () => {
    const run = start(['run', 't.ts'], { cwd: await folderWith({ 't.ts': slow(60_000) }) });
    await run.said('begun');
    run.child.kill('SIGINT');
    run.child.kill('SIGINT');
    await run.said('again to stop at once');
    // Pressed again and again, as an impatient person does, until it is gone.
    const impatient = setInterval(() => run.child.kill('SIGINT'), 50);
    const { status, stdout, stderr } = await run.ended;
    clearInterval(impatient);
    expect(stderr).toContain('stopped at once');
    expect(stderr).not.toContain('aborted');
    expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s drains as well and ends with %i', async (signal, expected) => {
    const run = start(['run', 't.ts'], { cwd: await folderWith({ 't.ts': slow(400) }) });
    await run.said('begun');
    run.child.kill(signal);
    const { status, stdout, stderr } = await run.ended;
    expect(stderr).toContain(`${signal}: waiting up to 10 s`);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '"whole"\n' });
  });
});
