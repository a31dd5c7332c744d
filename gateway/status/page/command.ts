/** Pause and resume. The token is in a variable of this module for as long as the page is open, and nowhere else. */
import type { GroupShape, GroupsDocument } from '../shapes.ts';
import { ApiError, command } from './api.ts';
import type { Command } from './api.ts';
import { element, found, setHidden, setText } from './dom.ts';
import { many } from './words.ts';

const REFUSED = 401;

let token = '';
let what: Command = 'pause';
let group = '';
let done: (document: GroupsDocument) => void = () => undefined;

const dialog = found('command', HTMLDialogElement);
const field = found('token', HTMLInputElement);
const trouble = found('command-trouble', HTMLElement);
const submit = found('command-do', HTMLButtonElement);

const words = ({ name, stopped, failed, failureLine }: GroupShape): string => {
  if (what === 'pause')
    return `No device of ${name} begins until it is resumed. Who has fetched the release does not boot it; what runs on trial is seen to its end.`;
  if (stopped)
    return `The stop of ${name} is lifted, and the ${failed} that failed count no more: ${many(failureLine, 'failure')} from now on stop it again. Who went back does not try the same release again.`;
  return `Devices of ${name} may begin again.`;
};

const permitShow = (): void => {
  const node = found('permit', HTMLElement);
  if (token === '') {
    node.replaceChildren();
    return;
  }
  const forget = element('button', { type: 'button' }, 'Forget the token');
  forget.addEventListener('click', () => {
    token = '';
    permitShow();
  });
  node.replaceChildren('You may pause and resume. ', forget);
};

const ask = async (): Promise<void> => {
  const given = token === '' ? field.value.trim() : token;
  if (given === '') {
    setText(trouble, 'Give the token first.');
    return field.focus();
  }
  submit.disabled = true;
  try {
    done(await command(what, group, given));
    token = given;
    field.value = '';
    dialog.close();
  } catch (error) {
    if (error instanceof ApiError && error.status === REFUSED) {
      token = '';
      setHidden(found('command-token', HTMLElement), false);
      field.select();
      setText(trouble, 'That is not the token.');
    } else setText(trouble, error instanceof Error ? error.message : String(error));
  } finally {
    submit.disabled = false;
    permitShow();
  }
};

found('command-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void ask();
});
found('command-cancel', HTMLButtonElement).addEventListener('click', () => dialog.close());
dialog.addEventListener('close', () => (field.value = ''));

export const commandAsk = (
  next: Command,
  of: GroupShape,
  answered: (document: GroupsDocument) => void,
): void => {
  what = next;
  group = of.name;
  done = answered;
  const verb = next === 'pause' ? 'Pause' : 'Resume';
  setText(found('command-title', HTMLElement), `${verb} ${of.name}?`);
  setText(found('command-words', HTMLElement), words(of));
  setText(submit, verb);
  setText(trouble, '');
  setHidden(found('command-token', HTMLElement), token !== '');
  dialog.showModal();
};
