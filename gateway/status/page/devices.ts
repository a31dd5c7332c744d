/** The table of devices: rows that are changed in place, so that focus and scroll stay where they are. */
import type { DeviceLine, GroupShape, ListDocument } from '../shapes.ts';
import { element, found, setAttribute, setChildren, setHidden, setText } from './dom.ts';
import { placeLink, placeNow } from './place.ts';
import { ago, ahead, dayTime, isLate, many, number, states, stateWords } from './words.ts';

const LOW_BATTERY = 20;
/** As the API's own default. */
const PAGE_SIZE = 50;

interface Row {
  readonly node: HTMLTableRowElement;
  show(line: DeviceLine, now: number): void;
  /** Only what depends on the time. */
  tick(now: number): void;
}

const versionOf = ({ sequence, wanted, state }: DeviceLine): string => {
  const runs = sequence === null ? 'not known' : String(sequence);
  return wanted === null || wanted === sequence || state === 'none' ? runs : `${runs} → ${wanted}`;
};

const reasonOf = ({ gate, words, cancelling, refusedReports, title }: DeviceLine): string =>
  [
    cancelling ? 'the server takes it back' : '',
    gate !== null && gate.kind !== 'open' ? gate.words : words,
    refusedReports > 0 ? `${many(refusedReports, 'report')} refused` : '',
  ]
    .filter((one) => one !== '')
    .join('; ') || title;

const rowNew = (first: DeviceLine): Row => {
  const cell = (name: string, kind = ''): HTMLTableCellElement =>
    element('td', { role: 'cell', 'data-label': name, class: kind });
  const link = element('a', { href: placeLink({ ...placeNow(), device: first.id }) }, first.id);
  const head = element('th', { role: 'rowheader', scope: 'row' }, link);
  const group = cell('Group');
  const state = element('span', { class: 'state' });
  const stateCell = cell('State');
  stateCell.append(state);
  const version = cell('Version', 'number');
  const reason = cell('Reason', 'reason');
  const [seen, wake] = [element('time'), element('time')];
  const [seenCell, wakeCell] = [cell('Seen', 'number'), cell('Next wake', 'number')];
  seenCell.append(seen);
  wakeCell.append(wake);
  const battery = cell('Battery', 'number');
  const node = element('tr', { role: 'row' });
  node.append(head, group, stateCell, version, reason, seenCell, wakeCell, battery);
  node.addEventListener('animationend', () => node.classList.remove('changed'));
  let line = first;
  const tick = (now: number): void => {
    setText(seen, ago(line.lastSeen, now));
    setText(wake, ahead(line.nextWake, now));
    wake.classList.toggle('late', isLate(line.nextWake, now));
  };
  return {
    node,
    tick,
    show(next, now) {
      const changed = next.state !== line.state || next.sequence !== line.sequence;
      line = next;
      setAttribute(link, 'href', placeLink({ ...placeNow(), device: next.id }));
      setText(group, next.group);
      setText(state, stateWords[next.state]);
      setAttribute(state, 'class', `state ${next.state}`);
      setText(version, versionOf(next));
      setText(reason, reasonOf(next));
      reason.classList.toggle('refused', next.refusedReports > 0);
      setText(battery, next.battery === null ? '' : `${next.battery} %`);
      battery.classList.toggle('low', next.battery !== null && next.battery <= LOW_BATTERY);
      for (const [time, instant] of [
        [seen, next.lastSeen],
        [wake, next.nextWake],
      ] as const) {
        if (instant > 0) setAttribute(time, 'datetime', new Date(instant).toISOString());
        setAttribute(time, 'title', dayTime(instant));
      }
      tick(now);
      if (changed) node.classList.add('changed');
    },
  };
};

const rows = new Map<string, Row>();

/** Of the devices that are on the page. Whether one of them was. */
export const linesShow = (lines: readonly DeviceLine[], now: number): void => {
  for (const line of lines) rows.get(line.id)?.show(line, now);
};

export const rowsTick = (now: number): void => {
  for (const row of rows.values()) row.tick(now);
};

export const listShow = (list: ListDocument, now: number): void => {
  const ids = new Set(list.devices.map(({ id }) => id));
  for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
  const nodes = list.devices.map((line) => {
    const row = rows.get(line.id) ?? rowNew(line);
    rows.set(line.id, row);
    row.show(line, now);
    return row.node;
  });
  setChildren(found('rows', HTMLElement), nodes);
  setHidden(found('none', HTMLElement), list.total > 0);
  const first = (list.page - 1) * PAGE_SIZE + 1;
  setText(
    found('page', HTMLElement),
    list.total === 0
      ? ''
      : `${number(first)} to ${number(first + list.devices.length - 1)} of ${many(list.total, 'device')}`,
  );
  found('previous', HTMLButtonElement).disabled = list.page <= 1;
  found('next', HTMLButtonElement).disabled = list.page >= list.pages;
};

/** Sets the choices of a list, and which is chosen, without closing it where nothing differs. */
const choicesShow = (
  select: HTMLSelectElement,
  choices: readonly (readonly [string, string])[],
  chosen: string,
): void => {
  const known = choices.some(([value]) => value === chosen)
    ? choices
    : [...choices, [chosen, chosen] as const];
  if (select.options.length !== known.length) {
    select.replaceChildren(...known.map(([value]) => element('option', { value })));
  }
  for (const [at, [value, text]] of known.entries()) {
    const option = select.options[at]!;
    if (option.value !== value) option.value = value;
    setText(option, text);
  }
  if (select.value !== chosen) select.value = chosen;
};

export const filterShow = (
  groups: readonly GroupShape[],
  counts: ListDocument['counts'] | undefined,
): void => {
  const { elements } = found('filter', HTMLFormElement);
  const { group, state, search } = placeNow();
  choicesShow(
    elements.namedItem('group') as HTMLSelectElement,
    [['', 'all'], ...groups.map(({ name }) => [name, name] as const)],
    group,
  );
  const counted = (key: keyof ListDocument['counts'], words: string): readonly [string, string] => [
    key,
    counts === undefined ? words : `${words} (${number(counts[key])})`,
  ];
  choicesShow(
    elements.namedItem('state') as HTMLSelectElement,
    [['', 'all'], counted('trouble', 'needs a look'), ...states.map((one) => counted(one, stateWords[one]))],
    state,
  );
  const input = elements.namedItem('search') as HTMLInputElement;
  if (document.activeElement !== input && input.value !== search) input.value = search;
};
