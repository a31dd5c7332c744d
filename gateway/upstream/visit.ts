/**
 * One question to hawkBit in the name of one device, and what follows from the answer. What is not told yet is told first:
 * an action that is closed is not assigned again.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import {
  actionPlace,
  baseNew,
  baseRead,
  cancelNew,
  cancelRead,
  configDataText,
  confirmationText,
  deploymentNew,
  deploymentRead,
  Execution,
  feedbackPlace,
  feedbackText,
  Finished,
} from '../../hal/hawkbit/index.ts';
import type { Attribute, ControllerBase } from '../../hal/hawkbit/index.ts';
import { placeNew } from '../../hal/http/uri.ts';
import type { DdiAnswer, DdiLink } from '../../hal/node/hawkbit.ts';
import { HttpError } from '../../hal/node/http-error.ts';
import { codeText } from '../../publisher/explain.ts';
import type { DeviceRecord, Instant, Inventory } from '../contract.ts';
import { isOver } from '../inventory/transitions.ts';
import { feedbackOf, toldAs } from './feedback.ts';
import { workOf } from './work.ts';

export interface Visit {
  readonly link: DdiLink;
  readonly inventory: Inventory;
  readonly id: string;
  readonly now: Instant;
  /** The owner's word is given in advance. */
  readonly confirm: boolean;
}

/** What the server has closed, or forgotten, wants no more words. */
const GONE: readonly number[] = [404, 410];
const NOT_CALLED_BACK = 'runs already: it is too late to take it back';

/** What was told last, of its work; what it said it is; and the server's wish to have its work back. */
const toldKey = (id: string): string => `hawkbit/${id}/told`;
const dataKey = (id: string): string => `hawkbit/${id}/data`;
const cancelKey = (id: string): string => `hawkbit/${id}/cancel`;

const settled = ({ status, retryAfter }: DdiAnswer, what: string): void => {
  if ((status >= 200 && status <= 299) || GONE.includes(status)) return;
  const code = status === 401 || status === 403 ? Err.SourceRefused : Err.SourceBusy;
  throw new HttpError(`HTTP ${status} to ${what}`, code, code === Err.SourceRefused, retryAfter);
};

const say = async (visit: Visit, kind: string, id: string, body: string): Promise<void> => {
  const { link, inventory } = visit;
  const place = placeNew();
  // What the server hears of is on the disk: killed now, nothing is taken back.
  await inventory.saved();
  actionPlace(place, link.place, kind, id);
  feedbackPlace(place, place);
  settled(await link.ask('POST', place, body), `feedback of ${kind}`);
};

const recordOf = ({ inventory, id }: Visit): DeviceRecord | undefined => inventory.device(id);

/** A state is told once; kept only when the server has it. */
const tell = async (visit: Visit): Promise<void> => {
  const { inventory, id } = visit;
  const device = recordOf(visit);
  if (device?.work === undefined) return;
  const told = toldAs(device.work);
  if (inventory.setting(toldKey(id)) === told) return;
  const cancel = inventory.setting(cancelKey(id));
  // Of an action that is taken back hawkBit wants to hear under the request to cancel.
  if (device.work.state === 'cancelled' && cancel !== undefined) {
    const words = [device.work.words === '' ? 'taken back before it ran' : device.work.words];
    await say(visit, 'cancelAction', cancel, cancelText(cancel, Execution.Closed, Finished.Success, words));
    inventory.keep(cancelKey(id), undefined);
  } else {
    const { id: work } = device.work.work;
    await say(visit, 'deploymentBase', work, feedbackText(feedbackOf(device, device.work), work));
  }
  inventory.keep(toldKey(id), told);
};

const cancelText = (id: string, execution: string, finished: string, details: readonly string[]): string =>
  feedbackText({ execution, finished, count: 0, total: 0, code: 0, details }, id);

/** For people, and for filters of rollouts. */
export const attributesOf = ({ report, claims, group, vendor, classId }: DeviceRecord): Attribute[] => {
  const rows: readonly (readonly [string, string | number | undefined])[] = [
    ['group', group],
    ['vendor', vendor],
    ['class', classId],
    ['profile', claims?.profile],
    ['anchors', claims?.anchors?.join(' ')],
    ['sequence', report?.sequence],
    ['security_version', report?.securityVersion],
    ['floor', report?.floor],
    ['accepted', report?.accepted],
    ['digest', report?.digest],
  ];
  return rows.flatMap(([name, value]): Attribute[] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
};

/** Whether the server has not heard something of it yet. */
export const hasNews = (inventory: Inventory, device: DeviceRecord): boolean =>
  (device.work !== undefined && inventory.setting(toldKey(device.id)) !== toldAs(device.work)) ||
  inventory.setting(dataKey(device.id)) !== configDataText(attributesOf(device));

const introduce = async (visit: Visit, href: string): Promise<void> => {
  const { link, inventory, id } = visit;
  const device = recordOf(visit);
  if (device === undefined) return;
  const body = configDataText(attributesOf(device));
  // Asked for by the server, or changed since it heard.
  if (href === '' && inventory.setting(dataKey(id)) === body) return;
  const place = href === '' ? placeNew() : link.follow(href);
  if (href === '')
    Object.assign(place, link.place, { path: `${link.place.path.replace(/\/$/, '')}/configData` });
  await inventory.saved();
  settled(await link.ask('PUT', place, body), 'configData');
  inventory.keep(dataKey(id), body);
};

const read = async ({ link }: Visit, href: string, what: string): Promise<string> => {
  const answer = await link.ask('GET', link.follow(href));
  settled(answer, what);
  return answer.text;
};

const malformed = (what: string): HttpError =>
  new HttpError(`answers ${what} with what cannot be read`, Err.SourceMalformed, false);

const recall = async (visit: Visit, href: string): Promise<void> => {
  const { inventory, id, now } = visit;
  const cancel = cancelNew();
  if (cancelRead(cancel, await read(visit, href, 'cancelAction')) < 0) throw malformed('cancelAction');
  const work = recordOf(visit)?.work;
  if (work === undefined || work.work.id !== cancel.stopId) {
    const words = ['this work is not known here: nothing of it runs'];
    return say(
      visit,
      'cancelAction',
      cancel.id,
      cancelText(cancel.id, Execution.Closed, Finished.Success, words),
    );
  }
  if (work.state === 'trial' || work.state === 'success') {
    return say(
      visit,
      'cancelAction',
      cancel.id,
      cancelText(cancel.id, Execution.Rejected, Finished.None, [NOT_CALLED_BACK]),
    );
  }
  inventory.keep(cancelKey(id), cancel.id);
  inventory.wanted(id, undefined, now);
  await tell(visit);
};

const assign = async (visit: Visit, href: string): Promise<void> => {
  const { link, inventory, id, now } = visit;
  const deployment = deploymentNew();
  const text = await read(visit, href, 'deploymentBase');
  if (deploymentRead(deployment, text, false) < 0) throw malformed('deploymentBase');
  const work = workOf(deployment, link.place, link.policy, link.authorization);
  if (typeof work !== 'number') return inventory.wanted(id, work, now);
  const why = codeText(work);
  await say(
    visit,
    'deploymentBase',
    deployment.id,
    feedbackText(
      { ...NOT_TAKEN, code: work, details: [`the gateway cannot take it: ${why}`] },
      deployment.id,
    ),
  );
};

const NOT_TAKEN = { execution: Execution.Closed, finished: Finished.Failure, count: 0, total: 0 };

const confirm = async (visit: Visit, href: string): Promise<void> => {
  if (!visit.confirm) return;
  const deployment = deploymentNew();
  const text = await read(visit, href, 'confirmationBase');
  if (deploymentRead(deployment, text, true) < 0) throw malformed('confirmationBase');
  const words = ['confirmed by the configuration of the gateway'];
  await say(visit, 'confirmationBase', deployment.id, confirmationText(true, words));
};

/** Nothing is assigned (any more): what has not come to an end is taken back. */
const nothing = ({ inventory, id, now }: Visit): void => {
  const work = inventory.device(id)?.work;
  if (work !== undefined && !isOver(work.state) && !work.cancelling) inventory.wanted(id, undefined, now);
};

const heard = async (visit: Visit, base: ControllerBase): Promise<void> => {
  await introduce(visit, base.configData);
  if (base.cancel !== '') return recall(visit, base.cancel);
  if (base.confirmation !== '') await confirm(visit, base.confirmation);
  if (base.deployment !== '') return assign(visit, base.deployment);
  nothing(visit);
};

/** Seconds that the server wants to pass until the next; -1: it did not say. Throws HttpError. */
export const visitRun = async (visit: Visit): Promise<number> => {
  await tell(visit);
  const base = baseNew();
  const answer = await visit.link.ask('GET', visit.link.place);
  if (answer.status !== 200) {
    settled(answer, 'the question');
    throw new HttpError(
      `HTTP ${answer.status} to the question: it does not know the device`,
      Err.SourceRefused,
      true,
    );
  }
  if (baseRead(base, answer.text) !== Ok) throw malformed('the question');
  await heard(visit, base);
  await tell(visit);
  return base.sleep;
};
