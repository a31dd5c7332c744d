/** What devices say over DDI: feedback to an action, and what they are. All of it is a stranger's until it is proven. */
import { REPORT_MAX } from '../../hal/identity/report.ts';
import type { Claims } from '../contract.ts';

export interface SaidFeedback {
  readonly execution: string;
  readonly finished: string;
  /** The details as one line. */
  readonly words: string;
  /** One that was among the details: not looked at yet. */
  readonly report: Uint8Array | undefined;
}

export interface SaidData {
  readonly report: Uint8Array | undefined;
  readonly claims: Pick<Claims, 'battery' | 'profile' | 'sleeps' | 'staged'>;
}

/** Bytes of a body: swupdate sends 48 lines of its log at a time, each of up to 2 KiB. */
export const DDI_BODY_MAX: number = 128 << 10;
const DETAILS_MAX = 100;
const WORDS_MAX = 400;
const ATTRIBUTES_MAX = 100;
const NAME_MAX = 128;
/** A report in base64url, and no value is longer. */
const VALUE_MAX: number = Math.ceil((REPORT_MAX * 4) / 3);
const MARK = 'report:';
const BASE64URL = /^[\w-]+$/;
const BATTERY_MAX = 100;
const SLEEPS_MAX = 31_536_000;

/** Words of hawkBit's DDI. */
const EXECUTIONS: readonly string[] = [
  'closed',
  'proceeding',
  'canceled',
  'scheduled',
  'rejected',
  'resumed',
  'download',
  'downloaded',
];
const FINISHED: readonly string[] = ['success', 'failure', 'none'];

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

const reportOf = (text: string): Uint8Array | undefined =>
  text.length <= VALUE_MAX && BASE64URL.test(text)
    ? new Uint8Array(Buffer.from(text, 'base64url'))
    : undefined;

const joined = (parts: readonly (Uint8Array | undefined)[]): Uint8Array | undefined => {
  const bytes = Buffer.concat(parts.filter((part) => part !== undefined));
  return parts.length > 0 && bytes.length <= REPORT_MAX ? new Uint8Array(bytes) : undefined;
};

/** Undefined: it is none. */
export const readFeedback = (body: unknown): SaidFeedback | undefined => {
  const status = fieldsOf(fieldsOf(body)?.['status']);
  const { execution, details = [] } = status ?? {};
  const finished = fieldsOf(status?.['result'])?.['finished'];
  if (typeof execution !== 'string' || !EXECUTIONS.includes(execution)) return undefined;
  if (typeof finished !== 'string' || !FINISHED.includes(finished)) return undefined;
  if (!Array.isArray(details) || !(details.length <= DETAILS_MAX)) return undefined;
  const lines = details.filter((one): one is string => typeof one === 'string');
  // A line of hawkBit's holds 512 characters: the bytes of several belong together.
  const proof = lines
    .filter((line) => line.startsWith(MARK))
    .map((line) => reportOf(line.slice(MARK.length)));
  const words = lines.filter((line) => !line.startsWith(MARK)).map((line) => line.slice(0, WORDS_MAX).trim());
  return {
    execution,
    finished,
    words: words
      .filter((line) => line !== '')
      .join('; ')
      .slice(0, WORDS_MAX),
    report: joined(proof),
  };
};

const wholeOf = (text: string | undefined, most: number): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) && Number(text) <= most ? Number(text) : undefined;

/** Attributes that this does not know are the device's own, and left. Undefined: no attributes. */
export const readData = (body: unknown): SaidData | undefined => {
  const data = fieldsOf(fieldsOf(body)?.['data']);
  if (data === undefined) return undefined;
  const rows = Object.entries(data);
  if (!(rows.length <= ATTRIBUTES_MAX)) return undefined;
  const said = new Map<string, string>();
  for (const [name, value] of rows) {
    if (typeof value !== 'string' || !(name.length <= NAME_MAX && value.length <= VALUE_MAX))
      return undefined;
    said.set(name, value);
  }
  const [profile, staged, report] = [said.get('profile'), said.get('staged'), said.get('report')];
  return {
    report: report === undefined ? undefined : reportOf(report),
    claims: {
      battery: wholeOf(said.get('battery'), BATTERY_MAX),
      sleeps: wholeOf(said.get('sleeps'), SLEEPS_MAX),
      profile: profile !== undefined && /^[\x20-\x7e]{1,32}$/.test(profile) ? profile : undefined,
      staged: staged !== undefined && /^[0-9a-f]{64}$/.test(staged) ? staged : undefined,
    },
  };
};
