// A complete service around a topology: submit, wait, follow, cancel, stop. The explanation is docs/embedding.md, which
// shows this very file; a test holds the two together and runs it.
//
//   npx jiti docs/examples/service/service.ts

import { setTimeout as pause } from 'node:timers/promises';
import { Readable } from 'node:stream';
import Fastify, { type FastifyReply } from 'fastify';
import {
  agent,
  createRuntime,
  defineTopology,
  director,
  type Duration,
  isTroupeError,
  orchestrator,
  type WorkContext,
} from 'troupe';
import { z } from 'zod';

const Text = z.object({ pages: z.array(z.string()).min(1), pauseMs: z.number().default(0) });

const topology = defineTopology({
  name: 'library',
  orchestrators: {
    desk: orchestrator({
      input: Text,
      directors: {
        readers: director({
          agents: {
            count: agent({
              instances: 2,
              input: Text,
              output: z.object({ words: z.number() }),
              run: async function* ({ input }, ctx: WorkContext<{ page: number; words: number }>) {
                let { page, words } = ctx.checkpoint ?? { page: 0, words: 0 };
                for (; page < input.pages.length; page++) {
                  await pause(input.pauseMs, undefined, { signal: ctx.signal });
                  words += input.pages[page]?.split(/\s+/).filter(Boolean).length ?? 0;
                  ctx.progress((page + 1) / input.pages.length);
                  yield { page: page + 1, words };
                }
                return { words };
              },
            }),
          },
        }),
      },
    }),
  },
});

const runtime = await createRuntime(topology);
await runtime.start();
const app = Fastify();

interface Count {
  Body: { pages: string[]; pauseMs?: number };
  Querystring: { timeout?: Duration };
}

// Waits for the result. The time-out is the run's own: when it is over, the work is told to stop.
app.post<Count>('/counts', async ({ body, query }) =>
  runtime.run({ type: 'count', input: body }, { timeout: query.timeout ?? '30s' }),
);

// Accepts and answers at once.
app.post<Count>('/runs', async ({ body, query }, reply) => {
  const run = await runtime.submit({ type: 'count', input: body }, { timeout: query.timeout ?? '10m' });
  return reply.code(202).header('location', `/runs/${run.id}`).send(run.status());
});

interface ById {
  Params: { id: string };
}

app.get<ById>('/runs/:id', async ({ params }, reply) => {
  const run = runtime.find(params.id);
  if (run === undefined) return notFound(reply);
  return run.state === 'done' ? { ...run.status(), output: await run.result() } : run.status();
});

// Progress as server-sent events: what has happened so far, then what comes, until the run is over.
app.get<ById>('/runs/:id/events', async ({ params }, reply) => {
  const run = runtime.find(params.id);
  if (run === undefined) return notFound(reply);
  async function* lines(events: AsyncIterable<{ type: string }>) {
    for await (const event of events) yield `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  }
  return reply
    .type('text/event-stream')
    .header('connection', 'close')
    .send(Readable.from(lines(run.events())));
});

app.delete<ById>('/runs/:id', async ({ params }, reply) => {
  const run = runtime.find(params.id);
  if (run === undefined) return notFound(reply);
  await run.cancel('cancelled over HTTP');
  return run.status();
});

function notFound(reply: FastifyReply) {
  return reply.code(404).send({ code: 'NOT_FOUND', message: 'There is no such run.' });
}

app.setErrorHandler((error: unknown, request, reply) => {
  if (!isTroupeError(error)) return reply.send(error);
  if (error.retryable && 'retryAfterMs' in error.details) {
    reply.header('retry-after', Math.ceil(Number(error.details.retryAfterMs) / 1_000));
  }
  request.log.warn({ err: error }, error.code);
  return reply.code(error.status).send(error.toJSON());
});

app.addHook('onSend', async (_request, reply) => {
  if (runtime.phase !== 'started') reply.header('connection', 'close');
});

process.once('SIGTERM', () => {
  void Promise.all([app.close(), runtime.stop({ drain: '10s' })]).then(() => {
    console.log('stopped');
  });
});

const address = await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 0) });
console.log(`listening on ${address}`);
