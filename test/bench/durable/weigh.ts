// Prints how many bytes of heap a process has left when many actors have had a message each: `weigh.js <folder> <count>`.
import { writeSync } from 'node:fs';
import { weightOf } from './peers/troupe.ts';

const [folder = '', known = ''] = process.argv.slice(2);
writeSync(1, String(await weightOf(folder, Number(known))));
process.exit(0);
