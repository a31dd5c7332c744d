/** A group as a bar: what succeeded grows from the left to the success line, what failed from the right to the failure line. */
import type { GroupShape } from '../shapes.ts';
import { element, setAttribute, setHidden, setText } from './dom.ts';
import { many, number, states, stateWords } from './words.ts';

export interface Bar {
  readonly node: HTMLElement;
  /** Below it, for the states with their counts. */
  readonly counts: HTMLElement;
  show(group: GroupShape): void;
}

const percent = (part: number, whole: number): string =>
  `${whole === 0 ? 0 : Math.min(100, Math.max(0, (part / whole) * 100))}%`;

export const barNew = (): Bar => {
  const parts = states.map((state) => element('span', { class: `part ${state}` }));
  const success = element('span', { class: 'mark success-line' });
  const failure = element('span', { class: 'mark failure-line' });
  const picture = element('div', { class: 'bar', 'aria-hidden': 'true' }, ...parts, success, failure);
  const progress = element('progress', { class: 'unseen' });
  const need = element('span', { class: 'need' });
  const stop = element('span', { class: 'stop' });
  const counts = element('ul', { class: 'counts' });
  const under = element('div', { class: 'under' }, counts, element('p', { class: 'lines' }, need, stop));
  return {
    node: element('div', {}, picture, progress, under),
    counts,
    show({ name, counts: count, devices, succeeded, successLine, failed, failureLine, having }) {
      for (const [at, state] of states.entries()) {
        const part = parts[at]!;
        setHidden(part, count[state] === 0);
        // Through CSSOM: the policy lets no style attribute in.
        part.style.flexGrow = String(count[state]);
        setAttribute(part, 'title', `${number(count[state])} ${stateWords[state]}`);
      }
      setHidden(success, having === 0);
      setHidden(failure, having === 0);
      success.style.left = percent(successLine, devices);
      failure.style.left = percent(devices - failureLine, devices);
      setAttribute(progress, 'max', String(Math.max(1, successLine)));
      setAttribute(progress, 'value', String(Math.min(succeeded, Math.max(1, successLine))));
      setAttribute(progress, 'aria-label', `${name}: confirmed, of those that have to`);
      setText(need, having === 0 ? '' : `${number(successLine)} have to confirm, ${number(succeeded)} did`);
      setText(stop, having === 0 ? '' : `stops at ${many(failureLine, 'failure')}, ${number(failed)} so far`);
    },
  };
};
