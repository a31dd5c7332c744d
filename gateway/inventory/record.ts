/** A device's record on the disk: CBOR, docs/SPEC.md section 15.1. */
import { cborDecode, cborEncode } from '../../publisher/cbor.ts';
import { Exit, PublishError } from '../../publisher/errors.ts';
import type { Claims, DeviceRecord, Wanted, Work, WorkRecord } from '../contract.ts';
import { reportKept } from './proof.ts';
import { WORK_STATES } from './transitions.ts';

/** Counters that were taken, by the print of the key; the newest key last. */
export type Taken = readonly (readonly [print: string, counter: number])[];

export interface Held {
  readonly device: DeviceRecord;
  readonly taken: Taken;
}

type Names = Pick<DeviceRecord, 'id' | 'group' | 'vendor' | 'classId'>;

export const heldNew = (names: Names): Held => ({
  device: {
    ...names,
    report: undefined,
    reportAt: 0,
    claims: undefined,
    lastSeen: 0,
    nextWake: 0,
    work: undefined,
    begun: undefined,
    calledOff: false,
    refusedReports: 0,
    refusal: '',
  },
  taken: [],
});

/** CBOR has no undefined here: a field that is not there is left out. */
const bare = <T extends object>(fields: T): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** What opens the provider's server is not written: the server's next answer brings it again. */
const wantedBare = ({ authorization, ...wanted }: Wanted): Record<string, unknown> =>
  bare(authorization === undefined ? wanted : { ...wanted, guarded: true });

const workBare = ({ source, ...work }: Work): Record<string, unknown> => ({
  ...bare(work),
  source: {
    envelope: wantedBare(source.envelope),
    files: source.files.map(wantedBare),
    ...(source.statement && { statement: wantedBare(source.statement) }),
  },
});

export const heldWrite = ({ device, taken }: Held): Uint8Array => {
  const { id: _, group: _g, vendor: _v, classId: _c, report, claims, work, ...rest } = device;
  return cborEncode({
    ...bare(rest),
    taken: taken.map(([print, counter]) => [print, counter]),
    ...(report && { report: report.bytes }),
    ...(claims && { claims: bare(claims) }),
    ...(work && { work: { ...bare(work), work: workBare(work.work) } }),
  });
};

const plain = (value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [key, plain(one)]));
  return Array.isArray(value) ? value.map(plain) : value;
};

interface Fields {
  readonly taken: Taken;
  readonly report?: Uint8Array;
  readonly reportAt: number;
  readonly claims?: Claims;
  readonly lastSeen: number;
  readonly nextWake: number;
  readonly work?: WorkRecord;
  readonly begun?: string;
  readonly calledOff?: boolean;
  readonly refusedReports: number;
  readonly refusal: string;
}

const numbers = ['reportAt', 'lastSeen', 'nextWake', 'refusedReports'] as const;

const isTaken = (value: unknown): boolean =>
  Array.isArray(value) && value.every((row) => Array.isArray(row) && Number.isSafeInteger(row[1]));

const isWork = (work: WorkRecord | undefined): boolean =>
  work === undefined || (WORK_STATES.includes(work.state) && Array.isArray(work.work?.source?.files));

const fieldsOf = (bytes: Uint8Array): Fields | undefined => {
  const fields = plain(cborDecode(bytes, 'record')) as Fields;
  const holds =
    fields !== null &&
    typeof fields === 'object' &&
    numbers.every((name) => Number.isSafeInteger(fields[name])) &&
    isTaken(fields.taken) &&
    isWork(fields.work) &&
    (fields.report === undefined || fields.report instanceof Uint8Array);
  return holds ? fields : undefined;
};

/** `print`: of the key that counts now. What was proven by another one is of another device. */
export const heldRead = (bytes: Uint8Array, names: Names, print: string, folder: string): Held => {
  const remedy =
    'Restore the folder from a backup. Without it reports of devices count from where they are shown next';
  const malformed = new PublishError('is not a record', {
    file: folder,
    field: names.id,
    remedy,
    exit: Exit.InputOutput,
  });
  let fields: Fields | undefined;
  try {
    fields = fieldsOf(bytes);
    if (fields === undefined) throw malformed;
    const ours = fields.taken.at(-1)?.[0] === print;
    const { taken, report, claims, work, begun, ...rest } = fields;
    const kept = ours && report ? { report: reportKept(report) } : { report: undefined, reportAt: 0 };
    return { device: { ...names, ...rest, ...kept, claims, work, begun }, taken };
  } catch {
    throw malformed;
  }
};
