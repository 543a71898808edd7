// Both examples under simulation, a few seeds each: what `troupe simulate` runs on them.

import { expect, test } from 'vitest';
import { simulate, simulationText } from 'troupe/testing';
import auditSimulation from '../../docs/examples/audit/simulation.ts';
import audit from '../../docs/examples/audit/topology.ts';
import deskSimulation from '../../docs/examples/support-desk/simulation.ts';
import desk from '../../docs/examples/support-desk/topology.ts';

const few = { seeds: 6, steps: 500, repeat: 1 } as const;

test('the support desk answers or refuses every ticket, whatever fails', { timeout: 60_000 }, async () => {
  const report = await simulate(desk, { ...deskSimulation, ...few });
  expect(report.failure === undefined ? '' : simulationText(report).join('\n')).toBe('');
  expect(report.operations['ticket']?.begun).toBeGreaterThan(20);
});

test('the audit comes to its report, or says why not', { timeout: 60_000 }, async () => {
  const report = await simulate(audit, { ...auditSimulation, ...few });
  expect(report.failure === undefined ? '' : simulationText(report).join('\n')).toBe('');
  expect(report.lives).toBeGreaterThan(few.seeds);
});
