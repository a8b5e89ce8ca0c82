import { type Endpoint, parseEndpoint } from "./endpoint.js";

/** The version of the handshake that this client reads. */
const VERSION = 1;

const LINE = /^gaitway-server\|(\d{1,9})\|(tcp|tls|unix)\|(.+)$/;

/**
 * Where a server says that it listens, in the line that it prints on its standard output when it is ready, such as
 * `gaitway-server|1|tcp|127.0.0.1:43127`: who it is, the version of this handshake, the transport (`tcp`, `tls` or `unix`), and what
 * follows that in the text of an endpoint: the address, perhaps with parameters, or the socket's path.
 *
 * @returns undefined for any other line, such as those of a Java that logs to its standard output
 * @throws Error if the line is meant as a handshake and cannot be used; the message goes on from the name of the server
 */
export function readHandshake(printed: string): Endpoint | undefined {
  const line = printed.trimEnd();
  if (!line.startsWith("gaitway-server|")) {
    return undefined;
  }
  const [, version, kind, where = ""] = LINE.exec(line) ?? [];
  if (version === undefined) {
    throw new Error(
      `it printed '${line}' instead of a handshake such as gaitway-server|${VERSION}|tcp|127.0.0.1:43127`,
    );
  }
  if (Number(version) !== VERSION) {
    throw new Error(
      `it printed a handshake of version ${version}, but this program reads version ${VERSION}`,
    );
  }
  if (kind !== "unix" && where.startsWith("unix:")) {
    throw new Error(`it printed a handshake with a socket's path as its TCP address: '${line}'`);
  }
  try {
    return parseEndpoint(kind === "unix" ? `unix:${where}` : `${kind}://${where}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`it printed a handshake with an address that cannot be used: ${why}`, {
      cause: error,
    });
  }
}
