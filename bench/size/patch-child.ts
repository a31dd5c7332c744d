/** Makes one patch in a process of its own, so that its memory can be told: `node patch-child.js OLD NEW [MODE ...]`. */
import { readFileSync } from 'node:fs';
import { PatchModes, patchEncode } from '../../publisher/patch/encode.ts';

/** What it prints, as JSON. */
export interface Made {
  readonly mode: string;
  readonly payload: number;
  /** Bytes of the first piece. */
  readonly first: number;
  readonly units: number;
  readonly copies: number;
  readonly seconds: number;
  /** Of all processors together: what other work on the machine does not change. */
  readonly processorSeconds: number;
  readonly peakBytes: number;
}

const KiB = 1024;

const [old, fresh, ...names] = process.argv.slice(2);
if (old !== undefined && fresh !== undefined) {
  const image = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
  const modes = PatchModes.filter(({ name }) => names.length === 0 || names.includes(name));
  const begun = performance.now();
  const { mode, payload, first, units, copies } = patchEncode(image(old), image(fresh), { modes });
  const seconds = (performance.now() - begun) / 1000;
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const made: Made = {
    mode,
    payload: payload.length,
    first,
    units,
    copies,
    seconds,
    processorSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakBytes: maxRSS * KiB,
  };
  console.log(JSON.stringify(made));
}
