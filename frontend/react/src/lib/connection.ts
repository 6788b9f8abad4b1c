import { useSyncExternalStore } from 'react';

/** Whether the last call found the API; the notice at the foot of the window shows it. */
let down = false;
const listeners = new Set<() => void>();

function set(next: boolean): void {
  if (down === next) return;
  down = next;
  listeners.forEach((listener) => listener());
}

export const reportFailure = (): void => set(true);
export const reportSuccess = (): void => set(false);
export const isDown = (): boolean => down;

export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useDown = (): boolean => useSyncExternalStore(onConnection, isDown);

/** Calls when the browser says that the device lost or found its network. */
export function onNetwork(listener: () => void): () => void {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
}

export const useOnline = (): boolean => useSyncExternalStore(onNetwork, () => navigator.onLine);
