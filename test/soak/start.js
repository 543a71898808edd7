// Starts the soak: the runtime as it is built, loaded by Node itself since its native part can be by nobody else; the
// soak's own TypeScript through jiti.

import { createJiti } from 'jiti';
import * as troupe from 'troupe';
import * as testing from 'troupe/testing';

const jiti = createJiti(import.meta.url, { virtualModules: { troupe, 'troupe/testing': testing } });
await jiti.import('./soak.ts');
