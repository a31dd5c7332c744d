/** A group as a bar: what succeeded grows from the left to the success line, what failed from the right to the failure line. */
import type { GroupShape } from '../shapes.ts';
import { element, setAttribute, setHidden, setText } from './dom.ts';
import { number, states, stateWords } from './words.ts';

export interface Bar {
  readonly node: HTMLElement;
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
  const lines = element('p', { class: 'lines' }, need, stop);
  return {
    node: element('div', {}, picture, progress, lines),
    show({ name, counts, devices, succeeded, successLine, failed, failureLine, having }) {
      for (const [at, state] of states.entries()) {
        const part = parts[at]!;
        setHidden(part, counts[state] === 0);
        // Through CSSOM: the policy lets no style attribute in.
        part.style.flexGrow = String(counts[state]);
        setAttribute(part, 'title', `${number(counts[state])} ${stateWords[state]}`);
      }
      setHidden(success, having === 0);
      setHidden(failure, having === 0);
      success.style.left = percent(successLine, devices);
      failure.style.left = percent(devices - failureLine, devices);
      setAttribute(progress, 'max', String(Math.max(1, successLine)));
      setAttribute(progress, 'value', String(Math.min(succeeded, Math.max(1, successLine))));
      setAttribute(progress, 'aria-label', `${name}: confirmed, of those that have to`);
      setText(need, having === 0 ? '' : `${number(succeeded)} confirmed, ${number(successLine)} have to`);
      setText(stop, having === 0 ? '' : `${number(failed)} failed, stops at ${number(failureLine)}`);
    },
  };
};
