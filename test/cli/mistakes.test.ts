// B (bad input) at the command line: whatever a user gets wrong ends as one clear message without a stack and with
// status 2, naming what was received and what to do.

import { describe, expect, test } from 'vitest';
import { folderWith, stackLine, troupe, workTopology } from './cli-kit.ts';

const echo = workTopology('({ input }) => input');
const withSchema = `import { agent, defineTopology, director, orchestrator } from 'troupe';
const dir = { '~standard': { version: 1, vendor: 'test', validate: (value) =>
  typeof value?.dir === 'string' ? { value } : { issues: [{ message: 'expected a text', path: ['dir'] }] } } };
export default defineTopology({ name: 'strict', orchestrators: { main: orchestrator({ input: dir, plan: () => ({ a: { type: 'work' } }),
  directors: { team: director({ agents: { work: agent({ run: () => 1 }) } }) } }) } });
`;

interface Mistake {
  readonly files?: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  readonly says: readonly (string | RegExp)[];
  readonly stdin?: string;
}

const mistakes: Readonly<Record<string, Mistake>> = {
  'a missing file': { words: ['run', 'nope.ts'], says: ["there is no file 'nope.ts'"] },
  'a folder': { words: ['run', '.'], says: ["'.' is a folder", 'topology.ts'] },
  'a file that is no program': {
    files: { 'a.txt': 'x' },
    words: ['run', 'a.txt'],
    says: ['neither TypeScript nor JavaScript'],
  },
  'a syntax error': {
    files: { 't.ts': "import 'troupe';\nconst a: number = ;\n" },
    words: ['run', 't.ts'],
    says: ['t.ts:2:19: syntax error: Unexpected token.', '2 | const a: number = ;', '|                   ^'],
  },
  'a syntax error in an imported file': {
    files: { 't.ts': "import { b } from './b.ts';\nexport default b;\n", 'b.ts': '\n\nexport const b = {;\n' },
    words: ['check', 't.ts'],
    says: ['b.ts:3:', 'syntax error'],
  },
  'no export': {
    files: { 't.ts': 'const a = 1;\n' },
    words: ['run', 't.ts'],
    says: ['exports no topology: it exports nothing', 'export default defineTopology('],
  },
  'another export': {
    files: { 't.ts': 'export default { name: 1 };\n' },
    words: ['graph', 't.ts'],
    says: ['was not made by defineTopology()'],
  },
  'an exception while loading': {
    files: {
      't.ts':
        "interface A {\n a: 1;\n}\nfunction fail(): never {\n  throw new Error('no \\u001b[31mtoken\\nset');\n}\nfail();\nexport type B = A;\n",
    },
    words: ['run', 't.ts'],
    says: ["t.ts can't be loaded: no \\x1b[31mtoken\\nset", 'at t.ts:5', "throw new Error('no"],
  },
  'a package that is not installed': {
    files: { 't.ts': "import { x } from 'left-pad-of-nobody';\nexport default x;\n" },
    words: ['run', 't.ts'],
    says: ["t.ts imports 'left-pad-of-nobody', which is not installed", 'npm install left-pad-of-nobody'],
  },
  'an import that does not exist': {
    files: { 't.ts': "import { x } from './gone.ts';\nexport default x;\n" },
    words: ['run', 't.ts'],
    says: ["t.ts imports './gone.ts', which does not exist"],
  },
  'an invalid topology': {
    files: {
      't.ts': `import { defineTopology } from 'troupe';\nexport default defineTopology({ name: 'a b', limitz: 1, restart: { within: 'soon' }, orchestrators: {} } as never);\n`,
    },
    words: ['run', 't.ts'],
    says: ['t.ts has 4 problems:', '1. ', '4. ', "Did you mean 'limits'?", '"soon"'],
  },
  'an unknown type': {
    words: ['run', 't.ts', 'wrok'],
    says: ["takes no tasks of type 'wrok'", "Did you mean 'work'?", 'Known: work'],
  },
  'invalid JSON': {
    words: ['run', 't.ts', '--input', '{"a": }'],
    says: ["--input is no JSON: line 1, column 7: expected a value, found '}'", '1 | {"a": }', '|       ^'],
  },
  'JSON without quotes': {
    words: ['run', 't.ts', '--input', '{a:1}'],
    says: ['expected a key in double quotes', 'The shell may have taken the quotes'],
  },
  'invalid JSON in a file': {
    files: { 'in.json': '{\n  "a": 1\n  "b": 2\n}\n' },
    words: ['run', 't.ts', '--input', '@in.json'],
    says: ['in.json is no JSON: line 3, column 3', "',' or '}'"],
  },
  'invalid JSON on stdin': {
    words: ['run', 't.ts', '--input', '@-'],
    stdin: '[1,',
    says: ['--input from stdin is no JSON', 'the text ends'],
  },
  'a missing input file': {
    words: ['run', 't.ts', '--input', '@gone.json'],
    says: ["names 'gone.json'", 'there is no such file'],
  },
  'an input larger than a message': {
    words: ['run', 't.ts', '--input', '@-'],
    stdin: `"${'x'.repeat(10_485_760)}"`,
    says: ['--input from stdin is larger than 10 MiB'],
  },
  'an input too deep for a message': {
    words: ['run', 't.ts', '--input', `${'['.repeat(100)}${']'.repeat(100)}`],
    says: ["can't be passed on", 'input[0]'],
  },
  'input that its schema refuses': {
    files: { 't.ts': withSchema },
    words: ['run', 't.ts', '--input', '{"dir":1}'],
    says: ["The input of task 'strict' is refused:", 'dir: expected a text'],
  },
  'no input where one is needed': {
    files: { 't.ts': withSchema },
    words: ['run', 't.ts'],
    says: ['dir: expected a text', 'No --input was given'],
  },
  'an unknown command': { words: ['chekc', 't.ts'], says: ["unknown command 'chekc'", 'Did you mean check?'] },
  'an unknown option': { words: ['run', 't.ts', '--inptu', '1'], says: ["unknown option '--inptu'", '--input'] },
  'an option without its value': { words: ['run', 't.ts', '--input'], says: ['argument missing', 'troupe run --help'] },
  'input as an argument': {
    words: ['run', 't.ts', 'work', '{"a":1}'],
    says: ['too many arguments', 'Give the input with --input.'],
  },
  'no topology': { words: ['run'], says: ["missing required argument 'topology'"] },
  'a wrong duration': {
    words: ['run', 't.ts', '--timeout', 'soon'],
    says: ['--timeout is "soon"; it takes a duration'],
  },
  'a wrong drain': { words: ['run', 't.ts', '--drain', '-1s'], says: ['--drain is "-1s"'] },
  'a wrong priority': {
    words: ['run', 't.ts', '--priority', '11'],
    says: ['--priority is 11; it takes a whole number from 0'],
  },
  'a wrong log level': { words: ['run', 't.ts', '--log', 'loud'], says: ['--log is "loud"; it takes trace'] },
  'a wrong format': {
    words: ['graph', 't.ts', '--format', 'png'],
    says: ['--format is "png"; it takes mermaid, svg, html'],
  },
  'an unknown machine': {
    words: ['graph', 't.ts', '--machine', 'agnet'],
    says: ["there is no machine 'agnet'", "Did you mean 'agent'?"],
  },
  'a node without a machine of its own': {
    words: ['graph', 't.ts', '--machine', 'main/team'],
    says: ["'main/team' has no machine of its own", '--machine director'],
  },
  'an output that cannot be written': {
    words: ['graph', 't.ts', '--output', 'no/such/a.svg'],
    says: ["--output 'no/such/a.svg' can't be written: its folder does not exist"],
  },
};

describe('a mistake', () => {
  test.each(Object.entries(mistakes))(
    '%s is told and ends with 2',
    async (_name, { files = {}, words, says, stdin }) => {
      const cwd = await folderWith({ 't.ts': echo, ...files });
      const { status, stdout, stderr } = await troupe(words, { cwd, ...(stdin === undefined ? {} : { stdin }) });
      for (const text of says) expect(stderr).toMatch(typeof text === 'string' ? new RegExp(escaped(text)) : text);
      expect(stderr.startsWith('troupe: ')).toBe(true);
      expect(stderr).not.toMatch(stackLine);
      expect(stdout).toBe('');
      expect(status).toBe(2);
    },
  );

  test('no command at all shows the help and ends with 2', async () => {
    const { status, stdout, stderr } = await troupe([], { cwd: await folderWith({}) });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Usage: troupe');
  });

  test('a promise that the topology awaits for ever is told and ends with 1', async () => {
    const cwd = await folderWith({ 't.ts': 'await new Promise(() => {});\nexport default 1;\n' });
    const { status, stderr } = await troupe(['run', 't.ts'], { cwd });
    expect(stderr).toContain('never settles');
    expect(status).toBe(1);
  });

  test('several types and none named lists them', async () => {
    const cwd = await folderWith({ 't.ts': echo.replace('work: agent', 'rest: agent({ run: () => 0 }), work: agent') });
    const { status, stderr } = await troupe(['run', 't.ts'], { cwd });
    expect(stderr).toContain('takes several types of tasks: rest, work');
    expect(status).toBe(2);
  });
});

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
