/** One device: what it proves, what it is to have, what it claims. */
import type { CodeWords, DeviceDocument, ReportShape } from '../shapes.ts';
import { element, found, setText } from './dom.ts';
import { ago, ahead, dayTime, listed, many, span, stateWords } from './words.ts';

type Fact = readonly [name: string, value: string | Node | null];

const facts = (rows: readonly Fact[]): HTMLElement =>
  element(
    'dl',
    {},
    ...rows
      .filter(([, value]) => value !== null && value !== '')
      .map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value!))),
  );

const section = (title: string, lead: string, ...nodes: readonly Node[]): HTMLElement =>
  element(
    'section',
    {},
    element('h3', {}, title),
    ...(lead === '' ? [] : [element('p', {}, lead)]),
    ...nodes,
  );

const digest = (value: string | null): Node | null =>
  value === null ? null : element('code', { title: value }, `${value.slice(0, 16)}…`);

const when = (instant: number, now: number): string =>
  instant === 0 ? '' : `${ago(instant, now)} (${dayTime(instant)})`;

/** A code with its name, what it means, and what to do. */
const codeNode = (code: CodeWords | null): Node | null =>
  code === null
    ? null
    : element(
        'span',
        {},
        element('strong', {}, `${code.name || 'code'} ${code.code}. `),
        `${code.sentence} `,
        element('em', {}, code.advice),
      );

const sources: Readonly<Record<ReportShape['source'], string>> = {
  'not asked': '',
  fresh: 'Its source shows what is newest.',
  code: '',
};

const reportSection = ({ report }: DeviceDocument, now: number): Node => {
  if (report === null)
    return section('What it proves', 'It has proven nothing yet: no report of it was verified.');
  const { running, event } = report;
  const lead = `It runs sequence ${running.sequence}, ${running.trial ? 'on trial' : 'confirmed'}. ${event.sentence}`;
  return section(
    'What it proves',
    lead,
    facts([
      ['why', codeNode(report.eventCode)],
      ['check that failed', report.check],
      ['last release', report.result?.code === report.eventCode?.code ? null : codeNode(report.result)],
      ['about manifest', report.resultOf === running.manifestDigest ? null : digest(report.resultOf)],
      ['source', codeNode(report.sourceCode) ?? sources[report.source]],
      ['runs manifest', digest(running.manifestDigest)],
      ['accepts from', `sequence ${running.accepted + 1} on, security version ${running.floor} or higher`],
      ['security version', String(running.securityVersion)],
      ['report', `number ${report.counter}, verified ${when(report.at, now)}`],
    ]),
  );
};

const permissions = { skip: 'no', attempt: 'yes', forced: 'yes, forced' } as const;

const workSection = ({ work, gate }: DeviceDocument, now: number): Node => {
  if (work === null) return section('What it is to have', 'The server wants nothing of it.');
  const held = gate !== null && gate.kind !== 'open' ? `Held back: ${gate.words}.` : '';
  return section(
    'What it is to have',
    `${work.title}: ${stateWords[work.state]}. ${work.stateWords} ${held}`.trim(),
    facts([
      ['reason', work.words === gate?.words ? null : work.words],
      ['code', work.words === '' ? codeNode(work.code) : null],
      ['sequence', work.sequence === null ? null : String(work.sequence)],
      ['since', when(work.since, now)],
      ['may fetch', permissions[work.download]],
      ['may install', permissions[work.update]],
      ['taken back', work.cancelling ? 'the server wants it back; the device has not said yet' : null],
      ['release', digest(work.release)],
      ['work', element('code', {}, work.id)],
    ]),
  );
};

const claimsSection = ({ claims, lastSeen, nextWake }: DeviceDocument, now: number): Node =>
  section(
    'What it says of itself',
    claims === null ? 'Nothing yet.' : 'Not proven.',
    facts([
      ['seen', when(lastSeen, now) || 'never'],
      ['next wake', nextWake === 0 ? null : `${ahead(nextWake, now)} (${dayTime(nextWake)})`],
      ...(claims === null
        ? []
        : ([
            ['link', `${claims.link}, ${claims.authenticated ? 'authenticated' : 'not authenticated'}`],
            ['battery', claims.battery === null ? null : `${claims.battery} %`],
            ['sleeps', claims.sleeps === null ? null : span(claims.sleeps * 1000)],
            ['profile', claims.profile],
            ['staged', digest(claims.staged)],
            ['anchors', claims.anchors.length === 0 ? null : listed(claims.anchors)],
          ] as const)),
    ]),
  );

export const detailShow = (device: DeviceDocument, now: number): void => {
  const { id, group, vendor, classId, refusedReports } = device;
  setText(found('device-title', HTMLElement), id);
  const { count, last } = refusedReports;
  found('device-body', HTMLElement).replaceChildren(
    element('p', { class: 'of' }, `of group ${group}`),
    reportSection(device, now),
    workSection(device, now),
    claimsSection(device, now),
    section(
      'Reports that were refused',
      count === 0
        ? 'None.'
        : `${many(count, 'report')} of it did not hold and moved nothing. The last one: ${last}`,
    ),
    section(
      'Enrolled',
      '',
      facts([
        ['vendor', vendor === null ? null : element('code', {}, vendor)],
        ['class', classId === null ? null : element('code', {}, classId)],
        ['group', group],
      ]),
    ),
  );
};

export const detailTrouble = (id: string, words: string): void => {
  setText(found('device-title', HTMLElement), id);
  found('device-body', HTMLElement).replaceChildren(element('p', { class: 'trouble' }, words));
};
