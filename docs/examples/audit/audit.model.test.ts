// The audit brings no machine of its own: its tests are those of the product's machines that its nodes run on.

import { modelTests } from 'troupe/testing';
import { describe, test } from 'vitest';
import topology from './topology.ts';

modelTests(topology).register({ describe, test });
