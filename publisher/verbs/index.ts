import { explain } from './explain.ts';
import { inspect } from './inspect.ts';
import { keygen } from './keygen.ts';
import { pack } from './pack.ts';
import { provision } from './provision.ts';
import { publish } from './publish.ts';
import { serve } from './serve.ts';
import { sign } from './sign.ts';
import { verify } from './verify.ts';
import { serial } from './serial.ts';
import { sim } from './sim.ts';
import type { Verb, VerbGroup } from './verb.ts';

export const verbs: readonly (Verb | VerbGroup)[] = [
  keygen,
  provision,
  pack,
  sign,
  publish,
  inspect,
  verify,
  serve,
  explain,
  serial,
  sim,
];
