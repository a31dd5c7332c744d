/** Bundles the agent into one script, `dist/agent.bundle.js`, that each simulated boot evaluates afresh. Run at build. */
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

await build({
  entryPoints: [path('../agent/index.js')],
  outfile: path('../agent.bundle.js'),
  bundle: true,
  format: 'iife',
  globalName: 'flipside',
  platform: 'neutral',
  target: 'es2020',
  legalComments: 'none',
});
