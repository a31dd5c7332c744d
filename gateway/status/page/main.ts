/** The page: asks for the documents once, and then goes by the events. */
import type { GroupsDocument, ListDocument, StatusDocument } from '../shapes.ts';
import { ApiError, askDevice, askDevices, askGroups, askStatus } from './api.ts';
import { commandAsk } from './command.ts';
import { detailShow, detailTrouble } from './detail.ts';
import { filterShow, linesShow, listShow, rowsTick } from './devices.ts';
import { found, setAttribute, setHidden, setText, throttle } from './dom.ts';
import { gatewayShow } from './gateway.ts';
import { groupsShow } from './groups.ts';
import { headlineShow } from './headline.ts';
import { listen } from './live.ts';
import type { Line } from './live.ts';
import { placeGo, placeNow } from './place.ts';
import { clockTime } from './words.ts';

const LIST_MS = 1_000;
const SEARCH_MS = 200;
const TICK_MS = 1_000;

let status: StatusDocument | undefined;
let groups: GroupsDocument | undefined;
let counts: ListDocument['counts'] | undefined;
/** The gateway's clock less this one's. */
let ahead = 0;
let line: Line = 'connecting';
let heardAt = 0;

const now = (): number => Date.now() + ahead;

const heard = (instant: number): void => {
  ahead = instant - Date.now();
  heardAt = instant;
};

// ---------------------------------------------------------------- what is shown

const lineShow = (): void => {
  const node = found('line', HTMLElement);
  setAttribute(node, 'data-line', line);
  setText(node, line === 'live' ? 'live' : line === 'lost' ? 'not connected' : 'connecting');
  const lost = found('lost', HTMLElement);
  setHidden(lost, line !== 'lost');
  document.body.classList.toggle('stale', line === 'lost');
  if (line !== 'lost') return;
  const age = heardAt === 0 ? '' : ` What you see is of ${clockTime(heardAt - ahead)}.`;
  setText(lost, `Not connected to the gateway.${age} It is tried again by itself.`);
};

const groupsDraw = (): void => {
  if (groups === undefined) return;
  const { groups: all } = groups;
  headlineShow(all);
  groupsShow(all, status?.control ?? false, (what, name) => {
    const of = groups?.groups.find((group) => group.name === name);
    if (of !== undefined) commandAsk(what, of, groupsTake);
  });
  filterShow(all, counts);
};

const groupsTake = (document: GroupsDocument): void => {
  groups = document;
  heard(document.now);
  groupsDraw();
};

const statusTake = (document: StatusDocument): void => {
  const control = status?.control;
  status = document;
  heard(document.now);
  gatewayShow(document, now());
  if (control !== document.control) groupsDraw();
};

// ---------------------------------------------------------------- what is asked for

const failed = (error: unknown): void => {
  if (!(error instanceof ApiError)) throw error;
  line = 'lost';
  lineShow();
};

let asked = 0;

/** An answer that another question has overtaken is let go. */
const listAsk = throttle(LIST_MS, () => {
  const mine = ++asked;
  askDevices(placeNow()).then((document) => {
    if (mine !== asked) return;
    counts = document.counts;
    heard(document.now);
    listShow(document, now());
    filterShow(groups?.groups ?? [], counts);
  }, failed);
});

const detailAsk = throttle(LIST_MS, () => {
  const { device } = placeNow();
  if (device === '') return;
  askDevice(device).then(
    (document) => {
      if (placeNow().device === device) detailShow(document, now());
    },
    (error: unknown) => {
      if (error instanceof ApiError) detailTrouble(device, error.message);
      else throw error;
    },
  );
});

const allAsk = (): void => {
  askStatus().then(statusTake, failed);
  askGroups().then(groupsTake, failed);
  listAsk();
  detailAsk();
};

// ---------------------------------------------------------------- where one looks

const dialog = found('device', HTMLDialogElement);

let shownPlace = '';
const placeShow = (): void => {
  const { device, ...filter } = placeNow();
  const text = JSON.stringify(filter);
  if (text !== shownPlace) listAsk();
  shownPlace = text;
  filterShow(groups?.groups ?? [], counts);
  if (device === '') {
    if (dialog.open) dialog.close();
    return;
  }
  detailAsk();
  if (!dialog.open) dialog.showModal();
};

const placeListen = (): void => {
  addEventListener('hashchange', placeShow);
  dialog.addEventListener('close', () => {
    if (placeNow().device !== '') placeGo({ device: '' }, false);
  });
  // A click beside the dialog closes it.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  const filter = found('filter', HTMLFormElement);
  const take = (): void => {
    const data = new FormData(filter);
    const text = (name: string): string => String(data.get(name) ?? '');
    placeGo({ group: text('group'), state: text('state'), search: text('search'), page: 1 }, false);
  };
  filter.addEventListener('change', take);
  let typing: number | undefined;
  filter.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(take, SEARCH_MS);
  });
  filter.addEventListener('submit', (event) => {
    event.preventDefault();
    take();
  });
  const turn = (by: number) => (): void => placeGo({ page: placeNow().page + by }, true);
  found('previous', HTMLButtonElement).addEventListener('click', turn(-1));
  found('next', HTMLButtonElement).addEventListener('click', turn(1));
};

// ---------------------------------------------------------------- at work

placeListen();
placeShow();
listen({
  all: allAsk,
  devices(lines) {
    linesShow(lines, now());
    listAsk();
    if (lines.some(({ id }) => id === placeNow().device)) detailAsk();
  },
  groups: groupsTake,
  status: statusTake,
  here: heard,
  line(next) {
    if (next === line) return;
    line = next;
    lineShow();
  },
});
setInterval(() => {
  // What was last heard does not grow older: nobody knows whether it is still so.
  if (document.hidden || line === 'lost') return;
  rowsTick(now());
  if (status !== undefined) gatewayShow(status, now());
}, TICK_MS);
