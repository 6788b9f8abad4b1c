import { ADDRESS } from './address';

/** What the first page is about to ask: main.ts asks it while React is still under way. */
const asked = new Map<string, Promise<Response>>();

export function askEarly(address: string): void {
  const answer = fetch(ADDRESS + address);
  // Who asks for it later hears of a failure.
  answer.catch(() => undefined);
  asked.set(address, answer);
}

/** The answer to a question that was asked early; only once, it may be old by then. */
export function askedBefore(method: string, address: string): Promise<Response> | undefined {
  const answer = method === 'GET' ? asked.get(address) : undefined;
  asked.delete(address);
  return answer;
}
