import { Client as Channel, type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { requireLimit, requireWhole } from "./checks.js";
import { type Endpoint, readNamed } from "./endpoint.js";
import { version } from "./version.js";
import { registerZones } from "./zones.js";

registerZones();

/** Settings of a connection. */
export interface ChannelOptions {
  /**
   * How long a call may take, ms, above 0; 30 000 unless set. `Infinity`, like anything above 2^31 − 1 ms (25 days), is no
   * limit. A call that simulates may take one millisecond more per control step that it asks for, which is hundreds of
   * times what a step takes on an idle server.
   */
  readonly deadline?: number;
  /** Largest message taken from a server, bytes; 64 MiB unless set. */
  readonly maxMessageBytes?: number;
  /**
   * Name under which the server counts what this client has it do: 1 to 64 characters of `A-Z a-z 0-9 . _ -`. Nothing is
   * counted unless set.
   */
  readonly account?: string;
  /**
   * Says who calls, in place of the token that the address names. Without either it is the one in `GAITWAY_TOKEN`, or in the
   * file that `GAITWAY_TOKEN_FILE` names, if the server speaks TLS or is on this machine. It is shown nowhere.
   */
  readonly token?: string;
}

/** Bytes in flight before the server must wait; above the size of a linearisation of a few hundred knots. */
const FLOW_CONTROL_WINDOW = 4 << 20;

/** A channel to a server, which all accounts of one client share. */
export class Connection {
  readonly endpoint: Endpoint;
  /** Whether the server has ever answered. */
  answered = false;
  /** Time for a call that does not simulate, ms; `Infinity` for no limit. */
  readonly deadline: number;
  /** Ends a call; one for each that is in progress. */
  readonly active = new Set<() => void>();
  readonly #maxMessageBytes: number;
  readonly #credentials: ChannelCredentials;
  #secret: string | undefined;
  #channel: Channel;
  #closed = false;

  constructor(endpoint: Endpoint, options: ChannelOptions) {
    this.endpoint = endpoint;
    this.#secret = endpoint.secret();
    this.#credentials = channelCredentials(endpoint);
    this.deadline = requireLimit(options.deadline ?? 30_000, "deadline");
    this.#maxMessageBytes = requireWhole(
      options.maxMessageBytes ?? 64 << 20,
      "maxMessageBytes",
      1,
      Number.MAX_SAFE_INTEGER,
    );
    this.#channel = this.#open();
  }

  get channel(): Channel {
    return this.#channel;
  }

  /** The token that calls carry now. */
  get secret(): string | undefined {
    return this.#secret;
  }

  /** Whether there is another token than that which a server refused; reads its file again. */
  replacesToken(refused: string | undefined): boolean {
    try {
      this.#secret = this.endpoint.secret();
    } catch {
      return false; // Perhaps it is being replaced just now; the server's refusal is told.
    }
    return this.#secret !== undefined && this.#secret !== refused;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Opens another channel in place of one that has failed: gRPC's own reconnection pauses, longer each time, and answers
   * with the old failure meanwhile. Calls in progress on the old one go on.
   */
  replace(failed: Channel): void {
    if (failed === this.#channel && !this.#closed) {
      this.#channel = this.#open();
      failed.close();
    }
  }

  /** Ends every call in progress, and the channel. */
  close(): void {
    this.#closed = true;
    for (const end of [...this.active]) {
      end();
    }
    this.#channel.close();
  }

  #open(): Channel {
    const { address, tls } = this.endpoint;
    const serverName = tls?.serverName;
    return new Channel(address.target, this.#credentials, {
      ...(serverName !== undefined && {
        "grpc.ssl_target_name_override": serverName,
        "grpc.default_authority": serverName,
      }),
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 200,
      "grpc.primary_user_agent": `gaitway-typescript/${version}`,
      "grpc.max_receive_message_length": this.#maxMessageBytes,
      "grpc.max_send_message_length": -1,
      "grpc.enable_retries": 0,
      "grpc.enable_http_proxy": 0,
      "grpc.service_config_disable_resolution": 1,
      "grpc.use_local_subchannel_pool": 1,
      "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
    });
  }
}

function channelCredentials({ tls }: Endpoint): ChannelCredentials {
  if (tls === undefined) {
    return credentials.createInsecure();
  }
  const read = (name: string, file: string | undefined) =>
    file === undefined ? null : readNamed(name, file, "name a PEM file");
  const [ca, key, cert] = [read("ca", tls.ca), read("key", tls.key), read("cert", tls.cert)];
  if (ca !== null && !ca.includes("-----BEGIN CERTIFICATE-----")) {
    throw new RangeError(
      `ca '${tls.ca}' holds no certificate; it must have a line -----BEGIN CERTIFICATE-----`,
    );
  }
  try {
    return credentials.createSsl(ca, key, cert);
  } catch (error) {
    throw new RangeError(
      `cert '${tls.cert}' and key '${tls.key}' cannot be used: ${(error as Error).message}`,
    );
  }
}
