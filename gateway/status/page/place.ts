/** What is looked at, in the address behind `#`: so that it can be sent to somebody, and Back goes back. */

export interface Filter {
  /** '' for all. */
  readonly group: string;
  readonly state: string;
  readonly search: string;
  /** From 1. */
  readonly page: number;
}

export interface Place extends Filter {
  /** The device whose detail is open; '' for none. */
  readonly device: string;
}

const TEXT_MOST = 64;

export const placeNow = (): Place => {
  const query = new URLSearchParams(location.hash.slice(1));
  const text = (name: string): string => (query.get(name) ?? '').slice(0, TEXT_MOST);
  const page = Number(query.get('page') ?? 1);
  return {
    group: text('group'),
    state: text('state'),
    search: text('search'),
    page: Number.isSafeInteger(page) && page >= 1 ? page : 1,
    device: text('device'),
  };
};

export const placeLink = (place: Partial<Place>): string => {
  const query = new URLSearchParams();
  const { group = '', state = '', search = '', page = 1, device = '' } = place;
  for (const [name, value] of Object.entries({ group, state, search, device })) {
    if (value !== '') query.set(name, value);
  }
  if (page > 1) query.set('page', String(page));
  return `#${query}`;
};

/** `keep`: the one before stays in the history. */
export const placeGo = (change: Partial<Place>, keep: boolean): void => {
  const link = placeLink({ ...placeNow(), ...change });
  if (keep) location.hash = link;
  else {
    history.replaceState(null, '', link);
    dispatchEvent(new HashChangeEvent('hashchange'));
  }
};
