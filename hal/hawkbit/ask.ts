/** The requests of the client, each with what it is about noted for its answer. */
import { crc32 } from '../../agent/bytes.ts';
import { Ok } from '../../agent/codes.ts';
import type { Attribute } from './format-feedback.ts';
import { configDataText, confirmationText } from './format-feedback.ts';
import { actionPlace, belowPlace, feedbackPlace, linkPlace } from './format-place.ts';
import { placeNew } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import { Ask } from './state.ts';
import type { Client, DdiMethod } from './state.ts';
import { recallText, stageText } from './words.ts';

const HEX = '0123456789abcdef';
const KIND_DEPLOYMENT = 'deploymentBase';

function begin(client: Client, about: number, method: DdiMethod, place: Place, body: string): void {
  client.asking = about;
  client.options.port.ask(method, place, body);
}

/** To the link that was followed to the action, or where the API has it. */
function say(client: Client, about: number, kind: string, id: string, body: string): void {
  const place = placeNew();
  if (client.atId === kind + id) feedbackPlace(place, client.at);
  else {
    actionPlace(place, client.options.policy.trusted, kind, id);
    feedbackPlace(place, place);
  }
  begin(client, about, 'POST', place, body);
}

export function askTell(client: Client): void {
  say(client, Ask.Tell, KIND_DEPLOYMENT, client.kept.id, stageText(client));
}

export function askRecall(client: Client): void {
  say(client, Ask.Recall, 'cancelAction', client.cancel.id, recallText(client.cancel.id, client.rejected));
}

export function askWord(client: Client): void {
  const words = [client.word ? 'confirmed by the owner' : 'denied by the owner'];
  say(client, Ask.Word, 'confirmationBase', client.asked.id, confirmationText(client.word, words));
}

export function askBase(client: Client): void {
  begin(client, Ask.Base, 'GET', client.options.policy.trusted, '');
}

/** Asks for what a link leads to: Ok, or why it is not followed. */
export function askLink(client: Client, about: number, href: string): number {
  const place = placeNew();
  const code = linkPlace(place, client.options.policy.trusted, href, client.options.policy);
  if (code < 0) return code;
  // Until it is answered nobody knows whose it is.
  client.atId = '';
  client.at.scheme = place.scheme;
  client.at.host = place.host;
  client.at.port = place.port;
  client.at.path = place.path;
  begin(client, about, 'GET', place, '');
  return Ok;
}

/** Notes whose link it was that was followed. */
export function followed(client: Client, about: number, id: string): void {
  const kind =
    about === Ask.Cancel ? 'cancelAction' : about === Ask.Confirm ? 'confirmationBase' : KIND_DEPLOYMENT;
  client.atId = kind + id;
}

function hexText(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    text += HEX.charAt(bytes[i]! >> 4) + HEX.charAt(bytes[i]! & 15);
  }
  return text;
}

/** What the device is: what the board says, and the numbers of the agent. */
export function dataText(client: Client): string {
  const status = client.status;
  const own = client.options.attributes ? client.options.attributes() : [];
  const numbers: Attribute[] = [
    ['sequence', String(status.sequence)],
    ['security_version', String(status.securityVersion)],
    ['accepted', String(status.accepted)],
    ['floor', String(status.floor)],
    ['digest', hexText(status.digest)],
  ];
  return configDataText(numbers.concat(own));
}

/** Of what is told, to know whether it has changed. */
export function dataPrint(text: string): number {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return crc32(bytes, 0, bytes.length);
}

/** Ok, or why the link that was given for it is not followed. Without one it goes where the API has it. */
export function askData(client: Client): number {
  const trusted = client.options.policy.trusted;
  const place = placeNew();
  if (client.base.configData === '') belowPlace(place, trusted, '/configData');
  else {
    const code = linkPlace(place, trusted, client.base.configData, client.options.policy);
    if (code < 0) return code;
  }
  const text = dataText(client);
  client.dataSent = dataPrint(text);
  begin(client, Ask.Data, 'PUT', place, text);
  return Ok;
}
