/**
 * The one place where publisher calls the code that runs on devices: what it says here is what a device says.
 *
 * Loaded when it is asked for, so that packing and signing work from an install that has left the agent out.
 */
import { plainBytes } from './bytes.ts';

export interface DeviceAnchor {
  readonly keyId: Uint8Array;
  readonly algorithm: number;
  readonly key: Uint8Array;
  readonly vendor?: Uint8Array | undefined;
  readonly classId?: Uint8Array | undefined;
}

/** The device an envelope is held against. */
export interface DeviceTarget {
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly device?: Uint8Array | undefined;
  readonly component: Uint8Array;
  readonly slot: number;
  /** Seconds since 1970; -1 without a clock. */
  readonly now: number;
  readonly anchors: readonly DeviceAnchor[];
  readonly threshold: number;
}

type Callable = (...values: unknown[]) => unknown;
type Module = Readonly<Record<string, Callable>>;

const load = async (path: string): Promise<Module | undefined> => {
  try {
    return (await import(new URL(path, import.meta.url).href)) as Module;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
};

const call = (module: Module, name: string, ...values: unknown[]): unknown =>
  (module[name] as Callable)(...values);

const SignedMost = 128;

interface Sha256 {
  sha256(): unknown;
}

/** The agent's code for an envelope: 0, or why it is refused. Undefined where the agent is not installed. */
export const deviceVerdict = async (bytes: Uint8Array, target: DeviceTarget): Promise<number | undefined> => {
  const [envelopes, cose, manifests, providers] = await Promise.all(
    ['envelope', 'cose', 'manifest']
      .map((name) => load(`../agent/format/${name}.js`))
      .concat(load('../hal/node/crypto.js')),
  );
  if (!envelopes || !cose || !manifests || !providers) return undefined;
  const crypto = call(providers, 'nodeCrypto') as Sha256;
  const hash = crypto.sha256();
  const envelope = call(envelopes, 'envelopeNew');
  const own = plainBytes(bytes).slice();
  const read = call(envelopes, 'envelopeRead', envelope, own, 0, own.length) as number;
  if (read < 0) return read;
  const scratch = new Uint8Array(SignedMost);
  const { anchors, threshold, vendor, classId } = target;
  const held = call(cose, 'authenticate', envelope, crypto, hash, anchors, threshold, scratch) as number;
  if (held < 0) return held;
  const signers = (envelope as { signers: number }).signers;
  const covered = call(cose, 'anchorsCover', anchors, signers, threshold, vendor, classId) as number;
  if (covered < 0) return covered;
  return call(manifests, 'manifestRead', call(manifests, 'manifestNew'), envelope, target, hash) as number;
};

/** The fields of a state record; undefined where the agent is not installed, or the record is of another version. */
export const deviceState = async (
  payload: Uint8Array,
): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const states = await load('../agent/format/state.js');
  if (!states) return undefined;
  const state = call(states, 'stateNew') as Record<string, unknown>;
  const code = call(states, 'stateRead', state, plainBytes(payload), 0, payload.length) as number;
  return code < 0 ? undefined : state;
};
