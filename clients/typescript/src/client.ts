import { type CallOptions, Calls } from "./calls.js";
import { optionalCount, requireSeed, requireWhole, shown } from "./checks.js";
import type { ChannelOptions } from "./connection.js";
import { parseEndpoint } from "./endpoint.js";
import {
  type EnvironmentInfo,
  environmentInfo,
  type Parameters,
  type ServerInfo,
  serverInfo,
} from "./environment.js";
import { unusable } from "./errors.js";
import { Evaluations } from "./evaluations.js";
import { CatalogServiceDefinition, type EnvironmentRef } from "./generated/gaitway/v1/catalog.js";
import { DerivativeSide, DynamicsServiceDefinition } from "./generated/gaitway/v1/dynamics.js";
import { EnvironmentServiceDefinition } from "./generated/gaitway/v1/environment.js";
import { inheritedServer, LocalServer } from "./local-server.js";
import { method } from "./methods.js";
import type { AddedEnvironment, RobotFiles } from "./robots.js";
import { type Session, type SessionOptions, Sessions } from "./session.js";
import { AUTORESETS, BOUNDS, duration } from "./session-codec.js";
import { Simulator } from "./simulator.js";
import { decodeNumbers, requireLittleEndian, rows } from "./tensors.js";
import type { Usage } from "./usage.js";

/** Settings of a client. */
export interface ConnectOptions extends ChannelOptions {
  /**
   * The command line that starts a local server when no address is given, quoted as for a shell. If it is set, a server of
   * the parent process is not used. By default it is `GAITWAY_COMMAND`, else the launcher of the checkout that this package
   * lies in, else `gaitway` on the `PATH`.
   */
  readonly command?: string;
  /** Aborting it ends the start of a local server. */
  readonly signal?: AbortSignal;
}

/** The outcome of a comparison of analytic derivatives with an independent high-order difference. */
export interface DerivativeCheck {
  /** Number of knots compared. */
  readonly samples: number;
  /** The worst entry of each array: fx, fu, lx, lu, lxx, lux, luu and those of the terminal cost. */
  readonly errors: readonly DerivativeEntry[];
  /** The worst of them all. */
  readonly worst: DerivativeEntry;
}

/** The entry of an array at which analytic derivative and difference disagree most. */
export interface DerivativeEntry {
  /** Such as `fx`. */
  readonly array: string;
  /** In words, such as `fx[joint1_velocity, root_angle]`. */
  readonly entry: string;
  /** Its row; 0 in a vector. */
  readonly row: number;
  /** Its column. */
  readonly column: number;
  /** The derivative. */
  readonly analytic: number;
  /** The difference; in corners that of the three which is nearest. */
  readonly numeric: number;
  /** What it is: the mean of the derivatives to either side, as everywhere but at a kink, or one of the two. */
  readonly side: "mean" | "right" | "left";
  /** How far the derivatives to the right and to the left are apart, relative as the error; 0 outside corners. */
  readonly kink: number;
  /** |analytic − numeric| / s, s the largest absolute value in the analytic array at that knot, or 1 if it is zero. */
  readonly relativeError: number;
  /** Index of the knot. */
  readonly sample: number;
  /** The knot's state, shape (nx). */
  readonly state: Float64Array;
  /** The knot's action, shape (nu). */
  readonly action: Float64Array;
}

const GET_SERVER_INFO = method(CatalogServiceDefinition, "getServerInfo");
const LIST_ENVIRONMENTS = method(CatalogServiceDefinition, "listEnvironments");
const GET_ENVIRONMENT = method(CatalogServiceDefinition, "getEnvironment");
const ADD_ENVIRONMENT = method(CatalogServiceDefinition, "addEnvironment");
const CHECK_DERIVATIVES = method(DynamicsServiceDefinition, "checkDerivatives");
const CREATE_SESSION = method(EnvironmentServiceDefinition, "createSession");
const GET_SESSION = method(EnvironmentServiceDefinition, "getSession");

/** Knots of a check of the derivatives take so many control steps' time. */
const STEPS_PER_CHECK = 100;

/** A server from before corners, or one with more kinds, compares with the derivative. */
const SIDES: Partial<Record<DerivativeSide, "right" | "left">> = {
  [DerivativeSide.RIGHT]: "right",
  [DerivativeSide.LEFT]: "left",
};

/**
 * Connects to a server.
 *
 * @param address `host:port`, `[ipv6]:port` or `unix:/path/to/socket`, or with TLS `tls://host:port`, perhaps with
 *     `?ca=FILE&cert=FILE&key=FILE&server_name=NAME&token_file=FILE`; absent for `GAITWAY_SERVER`. Without either it is the
 *     server that the parent of this process or worker thread has started, if there is one; else a local server is
 *     started, which ends with the client
 * @throws RangeError if the address has another form, or a file that it names cannot be used
 * @throws Error if a local server cannot be started
 */
export async function connect(
  address: string | undefined = process.env.GAITWAY_SERVER || undefined,
  options: ConnectOptions = {},
): Promise<Client> {
  requireLittleEndian();
  if (address !== undefined) {
    return new Client(address, options);
  }
  if (options.command === undefined) {
    const parents = await inheritedServer();
    if (parents !== undefined) {
      return new Client(parents, options);
    }
  }
  const server = await LocalServer.start(options.command, options.signal);
  try {
    return new Client(server.address, options, server);
  } catch (error) {
    await server.close();
    throw error;
  }
}

/**
 * A connection to a Gaitway server. It connects with its first call, and again by itself after the connection broke.
 * Calls that can be made twice without harm are made up to five times within some thirteen seconds when the connection fails.
 */
export class Client {
  /** Where the server is, as `connect` takes it. */
  readonly address: string;
  /** Fair comparison of controllers. */
  readonly evaluations: Evaluations;
  readonly #calls: Calls;
  readonly #sessions: Sessions;
  readonly #server: LocalServer | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(address: string, options: ChannelOptions, server?: LocalServer) {
    const parsed = parseEndpoint(address).withToken(options.token);
    this.address = parsed.text;
    this.#calls = Calls.open(parsed, options);
    this.evaluations = new Evaluations(this.#calls);
    this.#sessions = new Sessions(this.#calls);
    this.#server = server;
  }

  /** What the server is and what it can do. */
  async serverInfo(options?: CallOptions): Promise<ServerInfo> {
    const plan = { operation: "server info", options };
    return serverInfo(await this.#calls.unary(GET_SERVER_INFO, {}, plan));
  }

  /** The environments that the server offers, with their default parameters, sorted by id. */
  async environments(options?: CallOptions): Promise<EnvironmentInfo[]> {
    const plan = { operation: "list of environments", options };
    const { environments } = await this.#calls.unary(LIST_ENVIRONMENTS, {}, plan);
    return environments.map(environmentInfo);
  }

  /**
   * Describes one environment with the parameters asked for.
   *
   * @throws NotFoundError if the server has no such environment
   * @throws InvalidArgumentError if a parameter does not exist or is out of its range
   */
  async environment(
    id: string,
    parameters: Parameters = {},
    options?: CallOptions,
  ): Promise<EnvironmentInfo> {
    const plan = { operation: `description of ${id}`, options };
    const { environment } = await this.#calls.unary(
      GET_ENVIRONMENT,
      { environment: ref(id, parameters) },
      plan,
    );
    const info = environmentInfo(environment);
    if (info.id !== id) {
      throw unusable(`it describes ${info.id}, but ${id} was asked for`);
    }
    return info;
  }

  /**
   * Makes an environment of a robot's file and a task's, such as {@link readRobot} reads. Its id then names it to
   * {@link simulator} and {@link session}, as long as the server keeps it; adding the same files again is cheap.
   *
   * @throws InvalidArgumentError if a file makes no sense; the message names file, line and reason
   * @throws PermissionDeniedError if the token has not the scope `models`
   * @throws UnimplementedError if the server is too old to take robots
   */
  async addEnvironment(files: RobotFiles, options?: CallOptions): Promise<AddedEnvironment> {
    const { environment, warnings } = await this.#calls.unary(
      ADD_ENVIRONMENT,
      { ...files, included: [...(files.included ?? [])] },
      { operation: `adding the environment ${files.name}`, options },
    );
    return { environment: environmentInfo(environment), warnings };
  }

  /** The dynamics of one environment as functions; errors as of {@link environment}. */
  async simulator(
    id: string,
    parameters: Parameters = {},
    options?: CallOptions,
  ): Promise<Simulator> {
    const environment = await this.environment(id, parameters, options);
    const { modelDigest } = environment;
    return new Simulator(this.#calls, environment, { ...ref(id, parameters), modelDigest });
  }

  /**
   * Opens a session of one or more environments; they need a reset before their first step.
   *
   * @throws ResourceExhaustedError if the server has no room for the session
   */
  async session(
    id: string,
    options: SessionOptions = {},
    callOptions?: CallOptions,
  ): Promise<Session> {
    const { lease, autoreset = "next-step", bounds = "reject" } = options;
    const size = requireWhole(options.environments ?? 1, "environments", 1);
    const { session } = await this.#calls.unary(
      CREATE_SESSION,
      {
        environment: ref(id, options.parameters ?? {}),
        numEnvironments: size,
        autoresetMode: AUTORESETS.value(autoreset, "autoreset"),
        boundsMode: BOUNDS.value(bounds, "bounds"),
        lease: lease === undefined ? undefined : duration(lease, "lease"),
        maxEpisodeSteps: optionalCount(options.maxEpisodeSteps, "maxEpisodeSteps"),
      },
      { operation: "new session", options: callOptions },
    );
    const asked = { environment: id, size, autoreset, bounds };
    return this.#sessions.add(session, asked, { owned: true, renew: options.renew ?? true });
  }

  /**
   * Takes up a session that is on the server already: after a restart of this program, or of another. Its lease is not
   * renewed in the background, and it ends with this client only if that is closed.
   *
   * @throws SessionExpiredError if there is no such session any more
   */
  async attach(sessionId: string, options?: CallOptions): Promise<Session> {
    const plan = { operation: "description of a session", options };
    const { session } = await this.#calls.unary(GET_SESSION, { sessionId }, plan);
    return this.#sessions.add(session, { id: sessionId }, { owned: false, renew: false });
  }

  /**
   * Lets the server compare its derivatives with an independent high-order difference.
   *
   * @param samples number of knots, at least 1
   * @param seed what the knots are drawn with
   * @param options `corners` moves the knots to where formulas change: at rest, with all links in line, with angles at
   *   their limits, actions at their bounds, the ground just touched
   */
  async checkDerivatives(
    id: string,
    parameters: Parameters,
    samples: number,
    seed: bigint,
    options?: CallOptions & { readonly corners?: boolean },
  ): Promise<DerivativeCheck> {
    const response = await this.#calls.unary(
      CHECK_DERIVATIVES,
      {
        environment: ref(id, parameters),
        samples: requireWhole(samples, "samples", 1),
        seed: requireSeed(seed, "seed"),
        corners: options?.corners ?? false,
      },
      { operation: "check of the derivatives", steps: samples * STEPS_PER_CHECK, options },
    );
    const errors = response.errors.map(
      (error): DerivativeEntry => ({
        ...error,
        side: SIDES[error.side] ?? "mean",
        state: decodeNumbers(error.state, "state", [rows(error.state)]),
        action: decodeNumbers(error.action, "action", [rows(error.action)]),
      }),
    );
    if (response.samples !== samples) {
      throw unusable(`it checked ${response.samples} knots, but ${samples} were asked for`);
    }
    const worst = errors[response.worst];
    if (worst === undefined) {
      throw unusable(`the worst of ${errors.length} errors is number ${response.worst}`);
    }
    return { samples: response.samples, errors, worst };
  }

  /** What the server has counted so far under this client's account; undefined without one. */
  usage(options?: CallOptions): Promise<Usage | undefined> {
    return this.#calls.usage(options);
  }

  /**
   * Ends the client's sessions, but for those that were detached, the connection, and the server if this client started it;
   * other calls in progress end with a {@link CancelledError}.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.#sessions.close();
    } finally {
      this.#calls.close();
      await this.#server?.close();
    }
  }
}

function ref(id: string, parameters: Parameters): EnvironmentRef {
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value !== "number") {
      throw new TypeError(`parameters.${name} must be a number, but is ${shown(value)}`);
    }
  }
  return { id, parameters: { ...parameters }, modelDigest: undefined };
}
