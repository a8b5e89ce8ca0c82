import { readFileSync } from "node:fs";
import { type Address, parseAddress } from "./address.js";

/** How TLS is spoken to a server. Files are PEM. */
export interface Tls {
  /** Certificates of those who vouch for the server; absent for those that Node.js trusts. */
  readonly ca?: string;
  /** This client's own certificate. */
  readonly cert?: string;
  /** Its private key; present exactly if `cert` is. */
  readonly key?: string;
  /** The name in the server's certificate; absent for the host of the address. */
  readonly serverName?: string;
}

/** The variables of an environment. */
type Variables = Readonly<Record<string, string | undefined>>;

const NAMES = {
  tls: ["ca", "cert", "key", "server_name", "token_file"],
  tcp: ["token_file"],
} as const;

const HOST = /^(?!-)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.?$/;

const LONGEST_TOKEN = 512;

/** Where a server is and how to speak to it: its address, TLS, and the token that says who calls. */
export class Endpoint {
  readonly address: Address;
  /** Absent for plaintext. */
  readonly tls: Tls | undefined;
  /** File with the token of every call. */
  readonly tokenFile: string | undefined;
  /** A token that was given in code; it is never shown. */
  readonly #token: string | undefined;

  constructor(
    address: Address,
    tls?: Tls | undefined,
    tokenFile?: string | undefined,
    token?: string | undefined,
  ) {
    this.address = address;
    this.tls = tls;
    this.tokenFile = tokenFile;
    this.#token = token === undefined ? undefined : checkedToken(token);
    if ((tokenFile ?? token) !== undefined && !this.#keepsSecrets) {
      throw new RangeError(
        `endpoint ${address.text} is plaintext, in which a token is sent to this machine only; use TLS: tls://${address.text}`,
      );
    }
  }

  /** As {@link parseEndpoint} reads it; a token that was given in code is left out. */
  get text(): string {
    const { address, tls } = this;
    const values = [
      ["ca", tls?.ca],
      ["cert", tls?.cert],
      ["key", tls?.key],
      ["server_name", tls?.serverName],
      // A Unix domain socket's path takes the whole text.
      ["token_file", "path" in address.place ? undefined : this.tokenFile],
    ];
    const query = values
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${escaped(value as string)}`)
      .join("&");
    const scheme = tls !== undefined ? "tls://" : query === "" ? "" : "tcp://";
    return `${scheme}${address.text}${query === "" ? "" : `?${query}`}`;
  }

  toString(): string {
    return this.text;
  }

  /** The same endpoint with this token in place of its own; itself for undefined. */
  withToken(token: string | undefined): Endpoint {
    return token === undefined ? this : new Endpoint(this.address, this.tls, undefined, token);
  }

  /**
   * The token to send, a file's read anew: the endpoint's own, else the one that the environment names, if the server
   * speaks TLS or is on this machine.
   *
   * @throws RangeError if the file cannot be read or holds no token
   */
  secret(environment: Variables = process.env): string | undefined {
    if (this.#token !== undefined) {
      return this.#token;
    }
    if (this.tokenFile !== undefined) {
      return readToken(this.tokenFile);
    }
    if (!this.#keepsSecrets) {
      return undefined;
    }
    if (environment.GAITWAY_TOKEN) {
      try {
        return checkedToken(environment.GAITWAY_TOKEN);
      } catch (error) {
        throw new RangeError(`GAITWAY_TOKEN: ${(error as Error).message}`);
      }
    }
    return environment.GAITWAY_TOKEN_FILE ? readToken(environment.GAITWAY_TOKEN_FILE) : undefined;
  }

  get #keepsSecrets(): boolean {
    return this.tls !== undefined || this.address.local;
  }
}

/** A token without the white space around it; an error does not repeat it. */
function checkedToken(token: string): string {
  const stripped = token.trim();
  if (stripped.length > LONGEST_TOKEN || !/^[A-Za-z0-9._~+/-]+=*$/.test(stripped)) {
    throw new RangeError(
      `a token must be 1 to ${LONGEST_TOKEN} characters of A-Z a-z 0-9 . _ ~ + / - and = at its end, but this one has ${stripped.length} or others`,
    );
  }
  return stripped;
}

function readToken(file: string): string {
  const content = readNamed(
    "token_file",
    file,
    "name a file with a token, as gaitway token makes them",
  );
  try {
    return checkedToken(content.toString("utf8"));
  } catch (error) {
    throw new RangeError(`token_file '${file}': ${(error as Error).message}`);
  }
}

/**
 * Reads a file that an endpoint names.
 *
 * @param hint what to do if it cannot be read
 * @throws RangeError if it cannot be read
 */
export function readNamed(name: string, file: string, hint: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new RangeError(`${name} '${file}' cannot be read (${(error as Error).message}); ${hint}`);
  }
}

/**
 * Reads an endpoint as people write it: an address as {@link parseAddress} reads it, in plaintext; `tls://host:port`,
 * perhaps with `?ca=FILE&cert=FILE&key=FILE&server_name=NAME&token_file=FILE`, of which each may be left out; or
 * `tcp://host:port?token_file=FILE`, plaintext on this machine. In values, `%` and two hexadecimal digits stand for a byte.
 *
 * @throws RangeError if it is none of these
 */
export function parseEndpoint(text: string): Endpoint {
  const [, scheme, where = "", question, query = ""] =
    (typeof text === "string" && /^(tls|tcp):\/\/([^?]*)(\?)?(.*)$/s.exec(text)) || [];
  if (scheme === undefined) {
    return new Endpoint(parseAddress(text));
  }
  const values = question === undefined ? {} : parameters(scheme as keyof typeof NAMES, query);
  const address = parseAddress(where);
  if ("path" in address.place) {
    throw new RangeError(`address must be host:port behind ${scheme}://, but is '${where}'`);
  }
  return new Endpoint(address, scheme === "tls" ? tlsOf(values) : undefined, values.token_file);
}

function tlsOf(values: Variables): Tls {
  const { ca, cert, key, server_name: serverName } = values;
  if ((cert === undefined) !== (key === undefined)) {
    throw new RangeError(
      `endpoint must name both cert and key or neither, but names only ${key === undefined ? "cert" : "key"}`,
    );
  }
  if (serverName !== undefined && !HOST.test(serverName)) {
    throw new RangeError(`server_name must be the name of a host, but is '${serverName}'`);
  }
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { serverName }),
  };
}

function parameters(scheme: keyof typeof NAMES, query: string): Record<string, string> {
  const allowed: readonly string[] = NAMES[scheme];
  const values: Record<string, string> = {};
  for (const part of query.split("&")) {
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    if (name === "token") {
      throw new RangeError(
        "endpoint must not hold a token, which logs would show; name its file with token_file",
      );
    }
    if (!allowed.includes(name)) {
      const shown = name.length > 20 ? `${name.slice(0, 8)}…` : name;
      throw new RangeError(
        `endpoint has the parameter '${shown}'; ${scheme}:// takes ${allowed.join(", ")}`,
      );
    }
    const value = equals < 0 ? "" : decoded(name, part.slice(equals + 1));
    if (value === "" || /\p{Cc}/u.test(value)) {
      throw new RangeError(`endpoint must give ${name} a value without control characters`);
    }
    if (Object.hasOwn(values, name)) {
      throw new RangeError(`endpoint names ${name} twice`);
    }
    values[name] = value;
  }
  return values;
}

function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new RangeError(
      `endpoint has ${name}=${value}, but behind a % there must be two hexadecimal digits, and the whole must be UTF-8; write %25 for a % itself`,
    );
  }
}

/** All but letters, digits, `- . _ ~` and `/` is escaped, byte by byte. */
function escaped(value: string): string {
  return encodeURIComponent(value)
    .replace(/[!'()*]/g, (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%2F", "/");
}
