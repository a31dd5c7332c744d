/** The groups: a bar each, what is wrong, what waits for whom, and the buttons. */
import type { GroupShape, Phase } from '../shapes.ts';
import type { Command } from './api.ts';
import { barNew } from './bar.ts';
import { element, found, setAttribute, setChildren, setHidden, setText } from './dom.ts';
import { placeLink } from './place.ts';
import { listed, many, number, states, stateWords } from './words.ts';

const phaseWords: Readonly<Record<Phase, string>> = {
  stopped: 'stopped',
  paused: 'paused',
  idle: 'idle',
  done: 'done',
  ended: 'ended short',
  waiting: 'waiting',
  running: 'going out',
};

interface View {
  readonly node: HTMLElement;
  show(group: GroupShape, control: boolean): void;
}

const countsShow = (node: HTMLElement, { name, counts }: GroupShape): void => {
  const there = states.filter((state) => counts[state] > 0);
  const key = there.map((state) => `${state} ${counts[state]}`).join();
  if (node.dataset['shown'] === key) return;
  node.dataset['shown'] = key;
  node.replaceChildren(
    ...there.map((state) =>
      element(
        'li',
        {},
        element(
          'a',
          { href: placeLink({ group: name, state }), class: `count ${state}` },
          `${number(counts[state])} ${stateWords[state]}`,
        ),
      ),
    ),
  );
};

/** The words of a device that went back say so themselves. */
const failureOf = ({ id, state, words }: GroupShape['failures'][number]): string =>
  words.startsWith(stateWords[state])
    ? `${id} ${words}`
    : `${id} ${stateWords[state]}: ${words || 'no reason is known'}`;

const reasonsOf = ({
  phase,
  words,
  failures,
  waits,
  lost,
  counts,
}: GroupShape): readonly (readonly [string, string])[] => {
  const failing = counts.failed + counts.reverted;
  const rest = failing - failures.length;
  const lines: (readonly [string, string])[] = failures.map((one) => ['bad', failureOf(one)]);
  if (rest > 0) lines.push(['bad', `${number(rest)} more went back or failed`]);
  if (phase !== 'running' && phase !== 'idle' && phase !== 'waiting') lines.unshift([phase, words]);
  for (const wait of waits) lines.push(['held', `${many(wait.devices, 'waits', 'wait')}: ${wait.words}`]);
  if (lost.count > 0)
    lines.push(['held', `not heard of for long: ${listed(lost.names, lost.count - lost.names.length)}`]);
  return lines;
};

const reasonsShow = (node: HTMLElement, group: GroupShape): void => {
  const lines = reasonsOf(group);
  const key = lines.join('\n');
  if (node.dataset['shown'] === key) return;
  node.dataset['shown'] = key;
  node.replaceChildren(...lines.map(([kind, text]) => element('li', { class: kind }, text)));
};

const titleOf = ({ title, sequence, having, devices }: GroupShape): string => {
  if (having === 0) return many(devices, 'device');
  const told =
    sequence === null || title.endsWith(` ${sequence}`) ? title : `${title} (sequence ${sequence})`;
  const to = having === devices ? many(having, 'device') : `${number(having)} of ${many(devices, 'device')}`;
  return `${told} to ${to}`;
};

const viewNew = (name: string, act: (command: Command, group: string) => void): View => {
  const phase = element('span', { class: 'phase' });
  const title = element('span', { class: 'title' });
  const button = element('button', { type: 'button' });
  let command: Command = 'pause';
  button.addEventListener('click', () => act(command, name));
  const heading = element('h3', {}, element('a', { href: placeLink({ group: name }) }, name));
  const head = element('div', { class: 'head' }, heading, phase, title, button);
  const bar = barNew();
  const reasons = element('ul', { class: 'reasons' });
  return {
    node: element('li', { class: 'group' }, head, bar.node, reasons),
    show(group, control) {
      setText(phase, phaseWords[group.phase]);
      setAttribute(phase, 'data-phase', group.phase);
      setText(title, titleOf(group));
      command = group.stopped || group.paused ? 'resume' : 'pause';
      setText(button, command === 'pause' ? 'Pause' : 'Resume');
      setAttribute(button, 'aria-label', `${command === 'pause' ? 'Pause' : 'Resume'} ${name}`);
      setHidden(button, !control);
      bar.show(group);
      countsShow(bar.counts, group);
      reasonsShow(reasons, group);
    },
  };
};

const views = new Map<string, View>();

export const groupsShow = (
  groups: readonly GroupShape[],
  control: boolean,
  act: (command: Command, group: string) => void,
): void => {
  const nodes = groups.map((group) => {
    const view = views.get(group.name) ?? viewNew(group.name, act);
    views.set(group.name, view);
    view.show(group, control);
    return view.node;
  });
  setChildren(found('groups', HTMLElement), nodes);
};
