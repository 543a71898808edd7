// The tests of the desk's director, made from its statechart: every state, every transition, every guard both ways, the
// patience of two seconds and the rush of a minute on virtual time. Run them with vitest; `troupe test` runs the same.

import { modelTests } from 'troupe/testing';
import { describe, test } from 'vitest';
import models from './models.ts';
import { triageMachine } from './triage.ts';

modelTests(triageMachine, models['desk/triage']).register({ describe, test });
