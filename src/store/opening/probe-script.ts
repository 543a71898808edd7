// What the probe's child runs: a text, so that it is there under every way of running this package (sources, built,
// bundled) without a file of its own. It has LMDB go through every record of every table, and then allocate pages in a
// transaction that it takes back, because LMDB reads its list of free pages only when it writes.

/** A CommonJS script; its arguments are the file of the lmdb package, the folder of the data, `look` or `write`. */
export const probeScript = `
'use strict';
const [lmdb, path, mode] = process.argv.slice(-3);
const { open, ABORT } = require(lmdb);
process.stdout.write('ready\\n');
const raw = { encoding: 'binary', keyEncoding: 'binary' };
const env = open({ path, noSubdir: false, maxDbs: 32, readOnly: mode === 'look', ...raw });
const names = [...env.getKeys()].map((key) => Buffer.from(key).toString('utf8').replace(/\\0+$/, ''));
let records = 0;
for (const name of names) records += env.openDB(name, { ...raw, create: false }).getCount();
if (mode === 'write') {
  env.transactionSync(() => {
    for (let page = 0; page < 64; page++) env.putSync(Buffer.from('\\x00probe' + page), Buffer.alloc(3000));
    return ABORT;
  });
}
process.stdout.write(records + '\\n', () => process.exit(0));
`;
