/** An assignment of hawkBit, as the gateway's own. */
import * as Err from '../../agent/err.ts';
import { STATEMENT_MAX } from '../../agent/format/statement.ts';
import { Handling, mayInstall } from '../../hal/hawkbit/format-deployment.ts';
import type { Artifact, Deployment } from '../../hal/hawkbit/format-deployment.ts';
import { artifactPlace } from '../../hal/hawkbit/format-place.ts';
import type { OriginPolicy } from '../../hal/http/origin.ts';
import { placeNew, uriText } from '../../hal/http/uri.ts';
import type { Place } from '../../hal/http/uri.ts';
import type { Permission, Wanted, Work } from '../contract.ts';
import { ENVELOPE_MAX } from '../releases/envelope.ts';

/** Of a payload, whatever the server says: the largest slot there is. */
const PAYLOAD_MAX = 64 << 20;
/** As `flipside publish` names it: latest.statement. */
const STATEMENT_END = '.statement';
const PERMISSIONS: readonly Permission[] = ['skip', 'attempt', 'forced'];

const wantedOf = (
  artifact: Artifact,
  at: Place,
  policy: OriginPolicy,
  sizeMax: number,
  authorization: string,
): Wanted | number => {
  const place = placeNew();
  const code = artifactPlace(place, at, artifact, policy);
  if (code < 0) return code;
  return {
    url: uriText(place),
    name: artifact.filename,
    sha256: artifact.sha256 === '' ? undefined : artifact.sha256,
    size: artifact.size < 0 ? undefined : artifact.size,
    sizeMax,
    authorization,
  };
};

/** Or a code: it names no envelope, or files at places where the gateway does not go. */
export const workOf = (
  deployment: Deployment,
  at: Place,
  policy: OriginPolicy,
  authorization: string,
): Work | number => {
  const head = deployment.artifacts[deployment.envelope];
  if (head === undefined) return Err.NothingToInstall;
  const envelope = wantedOf(head, at, policy, ENVELOPE_MAX, authorization);
  if (typeof envelope === 'number') return envelope;
  const files: Wanted[] = [];
  let statement: Wanted | undefined;
  for (const artifact of deployment.artifacts) {
    if (artifact === head) continue;
    const stated = artifact.filename.endsWith(STATEMENT_END);
    const file = wantedOf(artifact, at, policy, stated ? STATEMENT_MAX : PAYLOAD_MAX, authorization);
    if (typeof file === 'number') return file;
    if (stated) statement = file;
    else files.push(file);
  }
  return {
    id: deployment.id,
    source: statement === undefined ? { envelope, files } : { envelope, files, statement },
    download: PERMISSIONS[deployment.download]!,
    update: PERMISSIONS[mayInstall(deployment) ? deployment.update : Handling.Skip]!,
    title: `${deployment.name} ${deployment.version}`.trim(),
  };
};
