/** The API, beside this page. Addresses are relative: a proxy may show the gateway below a path. */
import type { DeviceDocument, GroupsDocument, ListDocument, StatusDocument } from '../shapes.ts';
import type { Filter } from './place.ts';

/** `status` of HTTP; 0: no answer came. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const PATIENCE_MS = 15_000;

const answerOf = async <T>(path: string, more: RequestInit = {}): Promise<T> => {
  let response: Response;
  try {
    response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS), ...more });
  } catch {
    throw new ApiError(0, 'The gateway does not answer.');
  }
  const document = (await response.json().catch(() => ({}))) as T & { readonly error?: unknown };
  if (response.ok) return document;
  const { error } = document;
  throw new ApiError(response.status, typeof error === 'string' ? error : `HTTP ${response.status}`);
};

export const askStatus = (): Promise<StatusDocument> => answerOf('api/status');
export const askGroups = (): Promise<GroupsDocument> => answerOf('api/groups');
export const askDevice = (id: string): Promise<DeviceDocument> =>
  answerOf(`api/devices/${encodeURIComponent(id)}`);

export const askDevices = ({ group, state, search, page }: Filter): Promise<ListDocument> => {
  const query = new URLSearchParams({ page: String(page) });
  for (const [name, value] of Object.entries({ group, state, search }))
    if (value !== '') query.set(name, value);
  return answerOf(`api/devices?${query}`);
};

export type Command = 'pause' | 'resume';

export const command = (what: Command, group: string, token: string): Promise<GroupsDocument> =>
  answerOf(`api/groups/${encodeURIComponent(group)}/${what}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
