// The audit as a topology: a plan says which tasks there are and what each needs, directors keep the agents that do
// them alive. Run it with `npm start -- <folder>`, or
//
//   troupe run docs/examples/audit/topology.ts audit --input '{"dir":"src","out":"troupe-report/src"}'

import { basename, resolve } from 'node:path';

import { defineTopology, director, orchestrator } from 'troupe';
import { z } from 'zod';

import {
  duplicates,
  history,
  hotSpots,
  KeyFigures,
  measure,
  Report,
  report,
  summary,
  survey,
  unreadNotes,
} from './agents.ts';

/** What to audit, and where to write the report. */
const Request = z.object({
  dir: z.string().min(1),
  out: z.string().min(1),
  /** ISO date and time at the head of the report; left out, when it began. */
  generatedAt: z.iso.datetime().optional(),
});

/** Where the report lies, and what it says in short. */
const Outcome = KeyFigures.extend({ report: Report });

const main = orchestrator({
  input: Request,
  output: Outcome,
  timeout: '30m',
  plan: ({ input: { dir, out, generatedAt } }, nodes) =>
    nodes
      .add('survey', { type: 'survey', input: { dir, out } })
      .add('measured', {
        type: 'measure',
        needs: ['survey'],
        each: (done) => done.survey.batches,
        input: (done, { batch, paths }) => ({ dir, scratch: done.survey.scratch, batch, paths }),
      })
      .add('history', { type: 'history', needs: ['survey'], input: (done) => ({ dir, scratch: done.survey.scratch }) })
      .add('duplicates', {
        type: 'duplicates',
        needs: ['survey', 'measured'],
        input: (done) => ({ scratch: done.survey.scratch, batches: done.measured.map(({ batch }) => batch) }),
      })
      .add('hotSpots', {
        type: 'hotSpots',
        needs: ['survey', 'measured', 'history'],
        input: (done) => ({
          scratch: done.survey.scratch,
          batches: done.measured.map(({ batch }) => batch),
          isHistoryKnown: done.history.isKnown,
        }),
      })
      .add('summary', {
        type: 'summary',
        needs: ['survey', 'measured', 'history', 'duplicates', 'hotSpots'],
        input: (done) => ({
          title: basename(resolve(dir)),
          generatedAt: generatedAt ?? done.survey.at,
          scratch: done.survey.scratch,
          batches: done.measured.map(({ batch }) => batch),
          isHistoryKnown: done.history.isKnown,
          duplicates: done.duplicates.found,
          hotSpots: done.hotSpots,
          notes: [...done.survey.notes, ...unreadNotes(done.measured), ...done.duplicates.notes],
        }),
      })
      .add('report', {
        type: 'report',
        needs: ['survey', 'summary'],
        input: (done) => ({ scratch: done.survey.scratch, out }),
      }),
  result: (done) => ({ ...done.summary, report: done.report }),
  directors: {
    // Each file is measured on its own, so an agent that falls over takes no other with it.
    reading: director({
      restart: { strategy: 'one-for-one', maxRestarts: 5, within: '10s' },
      agents: { survey, measure, history },
    }),
    findings: director({
      restart: { strategy: 'one-for-one', maxRestarts: 3, within: '10s' },
      agents: { duplicates, hotSpots },
    }),
    // The report is written from the summary: what stands after a part that fell over begins again with it.
    desk: director({
      restart: { strategy: 'rest-for-one', maxRestarts: 3, within: '10s' },
      agents: { summary, report },
    }),
  },
});

export default defineTopology({ name: 'audit', orchestrators: { main } });
