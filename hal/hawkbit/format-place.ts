/** Where what a server named lies: the references of its links, and the paths that the DDI API gives beside them. */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { originAdmit } from '../http/origin.ts';
import type { OriginPolicy } from '../http/origin.ts';
import { placeNew, uriResolve } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import type { Artifact } from './format-deployment.ts';

/** The link's place, where the policy lets it lead: Ok, or a code of `uriResolve` or `originAdmit`. */
export function linkPlace(into: Place, base: Place, href: string, policy: OriginPolicy): number {
  const code = uriResolve(into, base, href);
  return code < 0 ? code : originAdmit(policy, into);
}

/** The controller's own place, without a slash at its end or a query: what the configuration names. */
function folderOf(path: string): string {
  const query = path.indexOf('?');
  const end = query < 0 ? path.length : query;
  return path.charAt(end - 1) === '/' ? path.substring(0, end - 1) : path.substring(0, end);
}

/** Below a place, its query taken off. `path` begins with a slash. */
export function belowPlace(into: Place, place: Place, path: string): void {
  into.scheme = place.scheme;
  into.host = place.host;
  into.port = place.port;
  into.path = folderOf(place.path) + path;
}

/** Where feedback to an action goes: `<the action's link>/feedback`. */
export const feedbackPlace = (into: Place, action: Place): void => belowPlace(into, action, '/feedback');

/** Where an action lies whose link is not at hand any more. `kind`: deploymentBase, cancelAction, confirmationBase. */
export function actionPlace(into: Place, base: Place, kind: string, id: string): void {
  belowPlace(into, base, '/' + kind + '/' + id);
}

/**
 * Where an artifact is fetched: of its links the one of the scheme that the configuration has, else the other, where the
 * policy lets it lead. Ok; SourceMalformed: it has no link; or why the last one is not gone to.
 */
export function artifactPlace(into: Place, base: Place, artifact: Artifact, policy: OriginPolicy): number {
  const secure = policy.trusted.scheme === 'https';
  const first = secure ? artifact.download : artifact.downloadHttp;
  const second = secure ? artifact.downloadHttp : artifact.download;
  const place = placeNew();
  let code: number = Err.SourceMalformed;
  for (const href of [first, second]) {
    if (href === '') continue;
    code = linkPlace(place, base, href, policy);
    if (code < 0) continue;
    into.scheme = place.scheme;
    into.host = place.host;
    into.port = place.port;
    into.path = place.path;
    return Ok;
  }
  return code;
}
