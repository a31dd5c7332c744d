/**
 * `npm run bench:xs`: what the agent takes of a small machine, on the XS engine with slots of 16 bytes. With `-- --json`
 * one document on stdout. A goal that is not met is printed as such; the exit code does not change for it.
 */
import { parseArgs } from 'node:util';
import { DocumentVersion } from '../../publisher/answer.ts';
import { keyGenerate, keyParse } from '../../publisher/index.ts';
import { pairsRead } from '../pairs.ts';
import { leastMemory } from './search.ts';
import { rigClose, rigOpen, rigRun } from './machine.ts';
import type { Subject } from './machine.ts';

const flag = { type: 'boolean', default: false } as const;
const { values } = parseArgs({ options: { json: flag, only: { type: 'string' } } });
const key = keyParse(keyGenerate('ed25519'), 'bench');
const image = pairsRead()[0]!.to;

const subjects: Subject[] = [
  { name: 'native', key, hash: false, signature: false },
  { name: 'script-hash', key, hash: true, signature: false },
  { name: 'noble', key, hash: false, signature: true },
];

for (const subject of subjects) {
  if (values.only !== undefined && values.only !== subject.name) continue;
  const rig = await rigOpen(subject, image);
  console.log(
    subject.name,
    rig.firmware.archive.length,
    rig.firmware.frozen.length,
    rig.bundle,
    rig.envelope,
    DocumentVersion,
  );
  const most = { arena: 256 * 1024, stack: 1024 };
  for (const goal of ['decided', 'staged'] as const) {
    const memory = await leastMemory(rig, goal, most);
    console.log(subject.name, goal, memory);
    if (memory) console.log(await rigRun(rig, { ...memory, arena: memory.arena + 1024 }, goal, true));
  }
  rigClose(rig);
}
