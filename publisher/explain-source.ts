/** What can be wrong with the place that an update comes from. */
import type { ExplainRow } from './reasons.ts';
import { Lwm2mResult as L, SuitReason as S } from './reasons.ts';

export const sourceTable: Readonly<Record<string, ExplainRow>> = {
  UriMalformed: [
    'A URI in the manifest, the configuration or a redirect is not one, or has userinfo or a fragment.',
    'Write it as scheme://host:port/path, or relative to the envelope; credentials belong into the configuration.',
    S.OperationFailed,
    L.Uri,
  ],
  SchemeRefused: [
    'A URI has a scheme that the driver does not speak, or leads from a protected link to an open one.',
    'Serve the payload over the scheme of the envelope.',
    S.OperationFailed,
    L.Protocol,
  ],
  OriginRefused: [
    'The manifest or a redirect leads to a host or port that the configuration does not allow.',
    'Serve the payload beside the envelope, or name that host in the configuration of the device.',
    S.OperationFailed,
    L.Uri,
  ],
  SourceLost: [
    'The server could not be reached, fell silent or broke off, in each of the attempts.',
    'Check the network and the server; the device goes on with what is missing when it is offered again.',
    S.OperationFailed,
    L.ConnectionLost,
  ],
  SourceSlow: [
    'The server gave fewer bytes than the least rate that the device takes.',
    'Check the load of the server and the link; or allow a lower rate, if the link is as slow as that.',
    S.OperationFailed,
    L.ConnectionLost,
  ],
  SourceBusy: [
    'The server asks for a longer wait than the driver makes.',
    'Offer it again after the time that the server named.',
    S.OperationFailed,
    L.ConnectionLost,
  ],
  SourceRefused: [
    'The server does not have what was asked for, or does not give it to this device.',
    'Check that all files of the release are published, and the credentials of the device.',
    S.OperationFailed,
    L.Uri,
  ],
  SourceMalformed: [
    'The server contradicts itself: another range than was asked for, lengths that differ, an encoding, or redirects without an end.',
    'Look at what stands between server and device: a proxy that rewrites answers, or a login page.',
    S.OperationFailed,
    L.Failed,
  ],
  SourceChanged: [
    'What the server has under this name was replaced in the middle of the transfer.',
    'Publish payloads under names made of their content, as flipside publish does; offer the new release.',
    S.OperationFailed,
    L.Integrity,
  ],
  SourceUntrusted: [
    'The certificate of the server is not one that the device trusts.',
    'Check the certificate, its host name and its time; give the device the authority that signed it.',
    S.Unauthorized,
    L.ConnectionLost,
  ],
};
