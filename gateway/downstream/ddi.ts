/**
 * hawkBit's DDI towards devices that speak it: `/<tenant>/controller/v1/<id>` and what is below. Devices are told what the
 * desk decides; what they say proves nothing, but for a report that they may pass along. docs/SPEC.md section 16.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Claims, DeviceRecord, Orders } from '../contract.ts';
import { actionOf, baseDocument, cancelDocument, deploymentDocument, standingOf } from './ddi-documents.ts';
import type { Standing } from './ddi-documents.ts';
import { DDI_BODY_MAX, readData, readFeedback } from './ddi-said.ts';
import { refuse } from './http-server.ts';
import { admitting } from './http-stand.ts';
import type { Stand } from './http-stand.ts';
import { OldHashes } from './old-hashes.ts';

const ROOT = '/:tenant/controller/v1/:id';
const TENANT = /^[\w.-]{1,64}$/;
const HAL = 'application/hal+json;charset=utf-8';
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?:;|$)/i;
const HOST_MAX = 260;
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

interface Params {
  readonly tenant: string;
  readonly id: string;
  readonly action: string;
}
type Request = FastifyRequest<{ Params: Params }>;

/** Who asked, and how it stands with it. */
interface Asked {
  readonly device: DeviceRecord;
  readonly orders: Orders;
  readonly standing: Standing;
}

const answer = (reply: FastifyReply, document: object): FastifyReply =>
  reply.header('cache-control', 'no-store').type(HAL).send(JSON.stringify(document));

class Facade {
  readonly #stand: Stand;
  readonly #hashes: OldHashes;
  /** Devices that were asked once for what they are. */
  readonly #introduced = new Set<string>();

  constructor(stand: Stand) {
    this.#stand = stand;
    this.#hashes = new OldHashes(stand.desk);
  }

  serve(server: FastifyInstance): void {
    const parse = server.getDefaultJsonParser('error', 'error');
    server.addContentTypeParser(JSON_TYPE, { parseAs: 'string', bodyLimit: DDI_BODY_MAX }, parse);
    const onRequest = [
      async ({ params }: FastifyRequest, reply: FastifyReply) =>
        TENANT.test((params as Params).tenant) ? undefined : refuse(reply, 404, 'not here'),
      admitting(this.#stand),
    ];
    const options = { onRequest, bodyLimit: DDI_BODY_MAX };
    server.get<{ Params: Params }>(ROOT, options, (request, reply) => this.#base(request, reply));
    server.get<{ Params: Params }>(`${ROOT}/deploymentBase/:action`, options, (request, reply) =>
      this.#deployment(request, reply),
    );
    server.get<{ Params: Params }>(`${ROOT}/cancelAction/:action`, options, (request, reply) =>
      this.#cancel(request, reply),
    );
    for (const kind of ['deploymentBase', 'cancelAction'] as const)
      server.post<{ Params: Params }>(`${ROOT}/${kind}/:action/feedback`, options, (request, reply) =>
        this.#feedback(request, reply, kind === 'cancelAction'),
      );
    server.put<{ Params: Params }>(`${ROOT}/configData`, options, (request, reply) =>
      this.#data(request, reply),
    );
  }

  /** Where devices reach the gateway, with a slash at its end: as configured, or as this one did. */
  #files({ headers }: Request): string {
    const { publicUrl, origin, secure } = this.#stand;
    if (publicUrl !== undefined) return publicUrl;
    const { host } = headers;
    const named = host !== undefined && host.length <= HOST_MAX && HOST.test(host);
    return named ? `http${secure ? 's' : ''}://${host}/` : origin();
  }

  /** What it said last stays said: a question over DDI says nothing. */
  #checkIn(request: Request, report?: Uint8Array, more?: Partial<Claims>): Orders | undefined {
    const { desk, now, authenticated: shows } = this.#stand;
    const { id } = request.params;
    const authenticated = shows(request);
    const claims = { ...desk.device(id)?.claims, ...more, link: 'ddi', authenticated };
    return desk.checkIn(id, report, claims, now());
  }

  #standing({ params }: Request, told?: Orders): Asked | undefined {
    const { desk, now } = this.#stand;
    const device = desk.device(params.id);
    if (device === undefined) return undefined;
    const orders = told ?? desk.orders(device, now());
    return { device, orders, standing: standingOf(device, orders, desk.ended(params.id)) };
  }

  async #base(request: Request, reply: FastifyReply): Promise<FastifyReply> {
    const { tenant, id } = request.params;
    const asked = this.#standing(request, this.#checkIn(request));
    if (asked === undefined) return refuse(reply, 404, 'not enrolled here');
    const wantsData = !this.#introduced.has(id);
    this.#introduced.add(id);
    await this.#stand.saved();
    const root = `${this.#files(request)}${tenant}/controller/v1/${id}`;
    return answer(reply, baseDocument(root, asked.orders, asked.standing, wantsData));
  }

  async #deployment(request: Request, reply: FastifyReply): Promise<FastifyReply> {
    const asked = this.#standing(request);
    const work = asked?.standing.deploy;
    const release = work?.release === undefined ? undefined : this.#stand.desk.release(work.release);
    if (asked === undefined || work === undefined || release === undefined) return this.#none(reply);
    if (actionOf(work) !== request.params.action) return this.#none(reply);
    const hashes = await this.#hashes.of([release.envelope, ...release.payloads]);
    if (hashes === undefined) return this.#none(reply);
    await this.#stand.saved();
    return answer(reply, deploymentDocument(this.#files(request), work, asked.orders, release, hashes));
  }

  async #cancel(request: Request, reply: FastifyReply): Promise<FastifyReply> {
    const work = this.#standing(request)?.standing.cancel;
    if (work === undefined || actionOf(work) !== request.params.action) return this.#none(reply);
    await this.#stand.saved();
    return answer(reply, cancelDocument(work));
  }

  #none(reply: FastifyReply): FastifyReply {
    return refuse(reply, 404, 'there is no such action for this device');
  }

  /** A report that comes along decides first: what is said beside it proves nothing. */
  async #feedback(request: Request, reply: FastifyReply, cancel: boolean): Promise<FastifyReply> {
    const said = readFeedback(request.body);
    if (said === undefined) return refuse(reply, 400, 'no feedback: docs/SPEC.md section 16');
    const { desk, now, saved } = this.#stand;
    const { id, action } = request.params;
    const { execution, finished, words, report } = said;
    const work = desk.device(id)?.work;
    if (work === undefined || actionOf(work) !== action) return this.#none(reply);
    if (report !== undefined) this.#checkIn(request, report);
    const about = cancel ? ('cancel' as const) : ('deployment' as const);
    const taken = desk.feedback(id, { action: work.work.id, about, execution, finished, words }, now());
    await saved();
    return taken ? reply.send() : refuse(reply, 410, 'this action is over');
  }

  async #data(request: Request, reply: FastifyReply): Promise<FastifyReply> {
    const said = readData(request.body);
    if (said === undefined) return refuse(reply, 400, 'no attributes: docs/SPEC.md section 16');
    const orders = this.#checkIn(request, said.report, said.claims);
    if (orders === undefined) return refuse(reply, 404, 'not enrolled here');
    await this.#stand.saved();
    return reply.send();
  }
}

export const serveDdi = (server: FastifyInstance, stand: Stand): void => new Facade(stand).serve(server);
