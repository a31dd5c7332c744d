/** What is going out, to whom, and how far it is: said in words, from the groups. */
import type { GroupShape, ShownState } from '../shapes.ts';
import { element, found, setText } from './dom.ts';
import { placeLink } from './place.ts';
import { listed, many, number } from './words.ts';

const TITLES_MOST = 3;

const sum = (groups: readonly GroupShape[], count: (group: GroupShape) => number): number =>
  groups.reduce((total, group) => total + count(group), 0);

const namesOf = (groups: readonly GroupShape[]): string => listed(groups.map(({ name }) => name));

/** The words for one release, and for the groups that have it. */
const sentence = (title: string, groups: readonly GroupShape[]): string => {
  const having = sum(groups, (group) => group.having);
  const confirmed = sum(groups, ({ counts }) => counts.success);
  if (groups.every(({ phase }) => phase === 'done'))
    return confirmed === having
      ? `${title} is on ${having === 1 ? 'the one device' : `all ${number(having)} devices`} that should have it.`
      : `${title} is on ${number(confirmed)} of ${many(having, 'device')}.`;
  const to = `${many(having, 'device')} in ${many(groups.length, 'group')}`;
  const stopped = groups.filter((group) => group.stopped);
  if (stopped.length > 0) return `${title}, for ${to}, is stopped in ${namesOf(stopped)}.`;
  if (groups.every(({ phase }) => phase === 'ended' || phase === 'done'))
    return `${title} went to ${to}, and ended short.`;
  return `${title} is going out to ${to}.`;
};

/** Who is stopped, who waits for whom. */
const subSentences = (groups: readonly GroupShape[]): readonly string[] => {
  const stopped = groups
    .filter((group) => group.stopped)
    .map(({ name, failed, having }) => `${number(failed)} of ${number(having)} in ${name} did not take it.`);
  const paused = groups.filter((group) => group.paused);
  const waiting = new Map<string, GroupShape[]>();
  for (const group of groups) {
    const whom = listed(
      [...new Set(group.waits.flatMap((wait) => wait.whom))].filter((one) => one !== group.name),
    );
    if (group.phase === 'waiting' && whom !== '') waiting.set(whom, [...(waiting.get(whom) ?? []), group]);
  }
  return [
    ...stopped,
    ...(paused.length > 0 ? [`Paused: ${namesOf(paused)}.`] : []),
    ...[...waiting].map(([whom, of]) => `${namesOf(of)} ${of.length === 1 ? 'waits' : 'wait'} for ${whom}.`),
  ];
};

// Words, state of the filter, states.
const figures: readonly (readonly [
  words: string,
  filter: string,
  states: readonly ShownState[],
  kind: string,
])[] = [
  ['confirmed', 'success', ['success'], 'good'],
  ['under way', '', ['offered', 'staged', 'trial'], 'busy'],
  ['not begun', '', ['waiting', 'fetching', 'ready'], 'held'],
  ['went back or failed', 'trouble', ['reverted', 'failed'], 'bad'],
  ['without work', 'none', ['none', 'cancelled'], 'still'],
];

const valueNodes = figures.map(([words, filter, , kind]) => {
  const value = element('dd', {}, '');
  const label = filter === '' ? words : element('a', { href: placeLink({ state: filter }) }, words);
  found('figures', HTMLElement).append(element('div', { class: kind }, element('dt', {}, label), value));
  return value;
});

/** What needs somebody comes first. */
const rank = (groups: readonly GroupShape[]): number => (groups.some(({ stopped }) => stopped) ? 0 : 1);

const linesShow = (node: HTMLElement, lines: readonly string[]): void => {
  if ([...node.children].map(({ textContent }) => textContent).join('\n') === lines.join('\n')) return;
  node.replaceChildren(...lines.map((line) => element('span', {}, line)));
};

export const headlineShow = (groups: readonly GroupShape[]): void => {
  const titles = [...new Set(groups.filter(({ having }) => having > 0).map(({ title }) => title))]
    .map((title) => ({ title, of: groups.filter((group) => group.title === title && group.having > 0) }))
    .sort((one, other) => rank(one.of) - rank(other.of));
  const lines = titles.slice(0, TITLES_MOST).map(({ title, of }) => sentence(title, of));
  if (titles.length > TITLES_MOST) lines.push(`And ${number(titles.length - TITLES_MOST)} more.`);
  linesShow(found('headline', HTMLElement), lines.length === 0 ? ['Nothing is going out.'] : lines);
  setText(found('subline', HTMLElement), subSentences(groups).join(' '));
  for (const [at, [, , of]] of figures.entries()) {
    const count = sum(groups, ({ counts }) => of.reduce((total, state) => total + counts[state], 0));
    setText(valueNodes[at]!, number(count));
  }
};
