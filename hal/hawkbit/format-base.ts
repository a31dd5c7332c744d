/**
 * What a hawkBit server says to a device that asks (Direct Device Integration API, `GET .../controller/v1/ID`): how long to
 * wait, and where there is more. Nothing of it is believed: links are followed where the origin policy lets them lead.
 *
 *   {"config":{"polling":{"sleep":"00:05:00"}},"_links":{"deploymentBase":{"href":"..."},"configData":{"href":"..."}}}
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { decimalRead, URI_MAX } from '../http/uri.ts';
import { jsonObject, jsonRead, jsonText } from './json.ts';
import type { JsonObject } from './json.ts';

export interface ControllerBase {
  /** Seconds to the next question; -1: not said, or not to be understood. */
  sleep: number;
  /** Each the reference of a link; '': it is not there. */
  deployment: string;
  confirmation: string;
  cancel: string;
  configData: string;
  installed: string;
}

export const baseNew = (): ControllerBase => ({
  sleep: -1,
  deployment: '',
  confirmation: '',
  cancel: '',
  configData: '',
  installed: '',
});

/** Seconds of `HH:MM:SS`; -1: it is not that. */
export function sleepRead(text: string): number {
  const parts = text.split(':');
  if (parts.length !== 3) return -1;
  const hours = decimalRead(parts[0]!);
  const minutes = decimalRead(parts[1]!);
  const seconds = decimalRead(parts[2]!);
  if (!(hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && seconds >= 0 && seconds < 60)) return -1;
  return hours * 3600 + minutes * 60 + seconds;
}

const SLEEP_MAX = 8;

/** The reference of a link of `_links`; '' where there is none. */
export function linkOf(object: JsonObject, name: string): string {
  const links = jsonObject(object._links);
  const link = links && jsonObject(links[name]);
  return link ? jsonText(link.href, URI_MAX) : '';
}

/** Ok, or SourceMalformed, and `into` as it was. */
export function baseRead(into: ControllerBase, text: string): number {
  const found = jsonRead(text);
  if (!found) return Err.SourceMalformed;
  const config = jsonObject(found.config);
  const polling = config && jsonObject(config.polling);
  into.sleep = polling ? sleepRead(jsonText(polling.sleep, SLEEP_MAX)) : -1;
  into.deployment = linkOf(found, 'deploymentBase');
  into.confirmation = linkOf(found, 'confirmationBase');
  into.cancel = linkOf(found, 'cancelAction');
  into.configData = linkOf(found, 'configData');
  into.installed = linkOf(found, 'installedBase');
  return Ok;
}
