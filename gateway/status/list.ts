/** The list of devices: filtered, in the order of their names, by pages. */
import type { DeviceRecord, Instant } from '../contract.ts';
import { deviceLine, DocumentVersion, stateOf } from './documents.ts';
import type { Rooms } from './documents.ts';
import type { ListDocument, ShownState } from './shapes.ts';
import { NoWork, shownStates } from './words.ts';

export interface ListQuery {
  readonly group?: string;
  readonly state?: ShownState | typeof Trouble;
  /** Part of the id. */
  readonly search?: string;
  /** From 1. */
  readonly page: number;
  readonly size: number;
}

/** Not a state of its own: what somebody has to look at. */
export const Trouble = 'trouble';
const troubled: readonly ShownState[] = ['reverted', 'failed'];

const TEXT_LONGEST = 64;
const PAGES_MOST = 1_000_000;
const PAGE_SIZE = 50;
const PAGE_MOST = 200;

/** JSON schema; what is not in it is left out, what does not fit is answered with 400. */
export const listSchema: Readonly<Record<string, unknown>> = {
  type: 'object',
  additionalProperties: false,
  properties: {
    group: { type: 'string', maxLength: TEXT_LONGEST },
    state: { enum: [...shownStates, Trouble] },
    search: { type: 'string', maxLength: TEXT_LONGEST },
    page: { type: 'integer', minimum: 1, maximum: PAGES_MOST, default: 1 },
    size: { type: 'integer', minimum: 1, maximum: PAGE_MOST, default: PAGE_SIZE },
  },
};

export const needsAttention = (device: DeviceRecord): boolean =>
  troubled.includes(device.work?.state ?? NoWork) || device.refusedReports > 0;

const fits = (device: DeviceRecord, { group, search }: ListQuery): boolean =>
  (group === undefined || device.group === group) &&
  (search === undefined || device.id.toLowerCase().includes(search.toLowerCase()));

const inState = (device: DeviceRecord, state: ListQuery['state']): boolean =>
  state === undefined || (state === Trouble ? needsAttention(device) : stateOf(device) === state);

const names = new Intl.Collator('en', { numeric: true });

export const listDocument = (rooms: Rooms, query: ListQuery, now: Instant): ListDocument => {
  const here = rooms.inventory.devices().filter((device) => fits(device, query));
  const found = here.filter((device) => inState(device, query.state));
  found.sort((one, other) => names.compare(one.id, other.id));
  const pages = Math.max(1, Math.ceil(found.length / query.size));
  // A list that became shorter while somebody looked at its end.
  const page = Math.min(query.page, pages);
  const from = (page - 1) * query.size;
  const counts = Object.fromEntries(shownStates.map((state) => [state, 0])) as Record<ShownState, number>;
  for (const device of here) counts[stateOf(device)] += 1;
  return {
    version: DocumentVersion,
    now,
    total: found.length,
    page,
    pages,
    counts: { ...counts, [Trouble]: here.filter(needsAttention).length },
    devices: found.slice(from, from + query.size).map((device) => deviceLine(rooms, device)),
  };
};
