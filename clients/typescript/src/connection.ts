import { Client as Channel, credentials } from "@grpc/grpc-js";
import type { Address } from "./address.js";
import { requireLimit, requireWhole } from "./checks.js";
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
}

/** Bytes in flight before the server must wait; above the size of a linearisation of a few hundred knots. */
const FLOW_CONTROL_WINDOW = 4 << 20;

/** A channel to a server, which all accounts of one client share. */
export class Connection {
  readonly address: Address;
  /** Time for a call that does not simulate, ms; `Infinity` for no limit. */
  readonly deadline: number;
  /** Ends a call; one for each that is in progress. */
  readonly active = new Set<() => void>();
  readonly #maxMessageBytes: number;
  #channel: Channel;
  #closed = false;

  constructor(address: Address, options: ChannelOptions) {
    this.address = address;
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
    return new Channel(this.address.target, credentials.createInsecure(), {
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
