/**
 * Whom a browser may speak for. A page of any site can reach the loopback, so a WebSocket or a read from a page is
 * taken only when the page comes from this machine, and a name that a foreign site made point here is not answered.
 */
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** `host`: the header of the request. A client without a browser names an address, this machine, or an mDNS name. */
export function isOwnHost(host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = hostOf(`http://${host}`);
  if (name === undefined) return false;
  return isAddress(name) || isLoopback(name) || name.endsWith('.local') || name === hostname().toLowerCase();
}

/** `origin`: the header of the request, which only browsers send. */
export function isTrustedOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  const page = hostOf(origin);
  if (page === undefined) return false;
  return isLoopback(page) || (isAddress(page) && host !== undefined && page === hostOf(`http://${host}`));
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name);
}
