/** The gateway itself: the server above, what it keeps, what is being fetched. */
import type { StatusDocument } from '../shapes.ts';
import { element, found } from './dom.ts';
import { ago, bytes, many, number, span } from './words.ts';

const row = (name: string, ...nodes: readonly (Node | string)[]): HTMLElement =>
  element('div', {}, element('dt', {}, name), element('dd', {}, ...nodes));

const meter = (label: string, value: number, max: number): HTMLElement =>
  element('progress', { 'aria-label': label, value: String(value), max: String(Math.max(1, max)) });

const small = (text: string, kind = ''): HTMLElement => element('small', { class: kind }, text);

const upstreamRow = (one: StatusDocument['upstreams'][number], now: number): HTMLElement =>
  row(
    one.name,
    element(
      'span',
      { class: one.trouble === '' ? 'good' : 'bad' },
      one.trouble === '' ? (one.lastContact === 0 ? 'not asked yet' : 'answers') : one.trouble,
    ),
    small(`heard ${ago(one.lastContact, now)}; ${many(one.requests, 'request')}`),
  );

let shown = '';

/** `now`: the gateway's. */
export const gatewayShow = (status: StatusDocument, now: number): void => {
  const { upstreams, store, downloads, moreDownloads, uptime, devices } = status;
  const nodes = [
    ...upstreams.map((one) => upstreamRow(one, now)),
    row(
      'store',
      `${bytes(store.bytes)} of ${bytes(store.quota)}`,
      meter('Store in use', store.bytes, store.quota),
      small(many(store.artefacts, 'file')),
    ),
    ...downloads.map(({ name, received, size }) =>
      row(
        'fetching',
        element('code', {}, name),
        meter(`Fetched of ${name}`, received, size ?? 0),
        small(size === null ? bytes(received) : `${bytes(received)} of ${bytes(size)}`),
      ),
    ),
    ...(moreDownloads > 0 ? [row('fetching', `${number(moreDownloads)} files more`)] : []),
    row('devices', number(devices)),
    row('runs for', span(uptime * 1000 + Math.max(0, now - status.now))),
  ];
  const text = nodes.map((node) => node.textContent).join('\n');
  if (text === shown) return;
  shown = text;
  found('gateway', HTMLElement).replaceChildren(...nodes);
};
