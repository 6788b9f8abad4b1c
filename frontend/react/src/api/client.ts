import createClient from 'openapi-fetch';
import type { components, paths } from './schema';
import { reportFailure, reportSuccess } from '../lib/connection';

type Schemas = components['schemas'];
export type Film = Schemas['Movie'];
export type Model = Schemas['Model'];
export type Evaluation = Schemas['Evaluation'];
export type Because = Schemas['Because'];
export type RatedMovie = Schemas['RatedMovie'];

/** Under /app/ the API is the page's own origin; the dev server and other hosts name it in VITE_API. */
const address = import.meta.env.PROD ? '' : (import.meta.env.VITE_API ?? 'http://127.0.0.1:8000');

export const api = createClient<paths>({ baseUrl: address, querySerializer: { array: { style: 'form', explode: true } } });

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

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer, or a `Failure`; tells the connection notice either way. */
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (reason) {
    // A cancelled search says nothing about the service.
    if (reason instanceof DOMException && reason.name === 'AbortError') throw reason;
    reportFailure();
    throw new Failure(0, reason instanceof Error ? reason.message : String(reason));
  }
  if (answer.data !== undefined) {
    reportSuccess();
    return answer.data;
  }
  const failure = new Failure(answer.response.status, detailOf(answer.error) ?? answer.response.statusText);
  if (failure.unreachable) reportFailure();
  else reportSuccess();
  throw failure;
}

function detailOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('detail' in error)) return undefined;
  return typeof error.detail === 'string' ? error.detail : undefined;
}
