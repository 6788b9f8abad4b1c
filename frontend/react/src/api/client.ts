import type { components, paths } from './schema';
import { ADDRESS, addressOf, type Parts } from './address';
import { askedBefore } from './early';
import { reportFailure, reportSuccess } from '../lib/connection';

export { ADDRESS };

type Schemas = components['schemas'];
export type Film = Schemas['Movie'];
export type Model = Schemas['Model'];
export type Evaluation = Schemas['Evaluation'];
export type Because = Schemas['Reason'];
export type RatedMovie = Schemas['RatedMovie'];

type Method = 'get' | 'post';
/** Paths that have an operation for the method. */
type PathOf<M extends Method> = { [P in keyof paths]: paths[P][M] extends object ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;

/** What a call takes, after the API's description. */
type Asked<O> = (O extends { parameters: { path: infer Path } } ? { path: Path } : unknown) &
  (O extends { parameters: { query?: infer Query } } ? { query?: Partial<Query> } : unknown) &
  (O extends { requestBody: { content: infer Body } } ? { body: Body[keyof Body] } : unknown) & {
    signal?: AbortSignal;
  };

/** What it answers when all is well. */
type Answered<O> = O extends { responses: { 200: { content: infer Content } } } ? Content[keyof Content] : never;

/** Why a call has no answer. `status` 0: nobody answered at all. */
export class Failure extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }

  get unreachable(): boolean {
    return this.status === 0 || this.status >= 502;
  }
}

export const get = <P extends PathOf<'get'>>(path: P, asked: Asked<Operation<P, 'get'>>) =>
  call<Answered<Operation<P, 'get'>>>('GET', path, asked);

export const post = <P extends PathOf<'post'>>(path: P, asked: Asked<Operation<P, 'post'>>) =>
  call<Answered<Operation<P, 'post'>>>('POST', path, asked);

/** The data of an answer, or a `Failure`; tells the connection notice either way. */
async function call<T>(method: string, path: string, asked: Parts): Promise<T> {
  const address = addressOf(path, asked);
  const sent =
    asked.body === undefined
      ? {}
      : { body: JSON.stringify(asked.body), headers: { 'Content-Type': 'application/json' } };
  let response: Response;
  let answer: unknown;
  try {
    response = await (askedBefore(method, address) ??
      fetch(ADDRESS + address, { method, signal: asked.signal, ...sent }));
    answer = await response.json().catch(() => undefined);
  } catch (reason) {
    // A cancelled search says nothing about the service.
    if (asked.signal?.aborted) throw reason;
    reportFailure();
    throw new Failure(0, String(reason));
  }
  if (response.ok && answer !== undefined) {
    reportSuccess();
    return answer as T;
  }
  asked.signal?.throwIfAborted();
  const failure = new Failure(response.ok ? 502 : response.status, detailOf(answer) ?? response.statusText);
  if (failure.unreachable) reportFailure();
  else reportSuccess();
  throw failure;
}

function detailOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('detail' in answer)) return undefined;
  return typeof answer.detail === 'string' ? answer.detail : undefined;
}
