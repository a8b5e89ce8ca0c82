import { isIP } from "node:net";
import { quote } from "shlex";
import { shown } from "./checks.js";

/** Where a server is. */
export interface Address {
  /** As people write it: `host:port`, `[ipv6]:port` or `unix:path`. */
  readonly text: string;
  /** As the resolvers of gRPC take it. */
  readonly target: string;
  /** How to start a server that would be found there, for messages. */
  readonly startHint: string;
  /** A TCP port of a host, or a socket's path. */
  readonly place: { readonly host: string; readonly port: number } | { readonly path: string };
  /** Whether it is on this machine by its form: a socket, or a loopback address. */
  readonly local: boolean;
}

/** The scheme of targets that have the zone of an IPv6 address, see `zones.ts`. */
export const ZONE_SCHEME = "gaitway-zone";

/** Longest path of a socket, bytes. */
const MAX_SOCKET_PATH = process.platform === "darwin" ? 103 : 107;

const HOST_PORT = /^(?:\[([0-9a-fA-F:.]+)(%[^\s[\]/]+)?\]|([^\s[\]:/@?#&]+)):(\d{1,5})$/;

/**
 * Reads `host:port`, `[ipv6]:port` or `unix:path`. Everything behind `unix:` is the path, relative or absolute, character
 * by character; `unix:///path` is taken as well.
 *
 * @throws RangeError if it is none of these
 */
export function parseAddress(text: string): Address {
  if (typeof text !== "string") {
    throw new RangeError(`address must be a text, but is ${shown(text)}`);
  }
  return text.startsWith("unix:") ? socket(text) : hostPort(text);
}

function socket(text: string): Address {
  // Slashes before a path are as good as one: unix:///path is how a URI has it, and behind "//" gRPC would look for a host.
  const path = text.slice("unix:".length).replace(/^\/{2,}/, "/");
  if (path === "" || path === "/" || /[\0\n\r\u2028\u2029]/.test(path)) {
    throw new RangeError(
      `address must be unix: and a path, such as unix:/path/to/socket, but is '${text}'`,
    );
  }
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH) {
    throw new RangeError(
      `address has a path of ${bytes} bytes; the path of a socket must be at most ${MAX_SOCKET_PATH} bytes: '${text}'`,
    );
  }
  return {
    text: `unix:${path}`,
    target: `unix:${path}`,
    startHint: `start one with: gaitway serve --unix ${quote(path)}`,
    place: { path },
    local: true,
  };
}

function hostPort(text: string): Address {
  const [, ip6, zone = "", name, digits = "0"] = HOST_PORT.exec(text) ?? [];
  const host = ip6 === undefined ? name : `${ip6}${zone}`;
  const port = Number(digits);
  const valid = ip6 === undefined || isIP(ip6) === 6;
  if (host === undefined || !valid || port < 1 || port > 65535) {
    const bare = /^(.*:.*):(\d+)$/.exec(text);
    const hint =
      bare !== null && isIP(bare[1] ?? "") === 6
        ? `an IPv6 address needs brackets: [${bare[1]}]:${bare[2]}`
        : "write 127.0.0.1:7447, [::1]:7447 or unix:/path/to/socket, with TLS tls://host:port";
    throw new RangeError(
      `address must be host:port with a port from 1 to 65535, but is '${text}'; ${hint}`,
    );
  }
  return {
    text,
    target: zone === "" ? `dns:///${text}` : `${ZONE_SCHEME}:///${text}`,
    startHint: `start one with: gaitway serve --host ${quote(host)} --port ${port}`,
    place: { host, port },
    local: isLoopback(ip6, host),
  };
}

function isLoopback(ip6: string | undefined, host: string): boolean {
  if (ip6 !== undefined) {
    const { hostname } = new URL(`http://[${ip6}]`);
    // What is behind ::ffff: is an IPv4 address.
    return hostname === "[::1]" || /^\[::ffff:7f/.test(hostname);
  }
  return isIP(host) === 4 ? host.startsWith("127.") : host.toLowerCase() === "localhost";
}
