import {
  Client as Channel,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { CatalogServiceDefinition } from "#dist/generated/gaitway/v1/catalog.js";
import { DynamicsServiceDefinition } from "#dist/generated/gaitway/v1/dynamics.js";
import { EnvironmentServiceDefinition } from "#dist/generated/gaitway/v1/environment.js";
import { EvaluationServiceDefinition } from "#dist/generated/gaitway/v1/evaluation.js";

interface Codec {
  decode(bytes: Uint8Array): object;
  encode(message: object): { finish(): Uint8Array };
}

/** Changes an answer before the client sees it; what it returns is sent instead, undefined for nothing. */
export type Tamper = (answer: never) => object | undefined;

const SERVICES = [
  CatalogServiceDefinition,
  DynamicsServiceDefinition,
  EnvironmentServiceDefinition,
  EvaluationServiceDefinition,
];

const identity = (bytes: Buffer) => bytes;

/** A server that hands every call on to another, and changes the answers of the methods that have an entry in `tampers`. */
export async function tamperingServer(address: string) {
  const tampers = new Map<string, Tamper>();
  const upstream = new Channel(address, credentials.createInsecure());
  const server = new Server({ "grpc.max_receive_message_length": -1 });
  for (const { fullName, methods } of SERVICES) {
    for (const { name, requestStream, responseStream, responseType } of Object.values(methods)) {
      const path = `/${fullName}/${name}`;
      const codec = responseType as unknown as Codec;
      const changed = (answer: Buffer): Buffer | undefined => {
        const tamper = tampers.get(name);
        if (tamper === undefined) {
          return answer;
        }
        const message = tamper(codec.decode(answer) as never);
        return message && Buffer.from(codec.encode(message).finish());
      };
      const handlers = {
        unary(call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) {
          upstream.makeUnaryRequest(path, identity, identity, call.request, (error, answer) =>
            error === null ? done(null, changed(answer as Buffer) ?? Buffer.alloc(0)) : done(error),
          );
        },
        serverStream(call: ServerWritableStream<Buffer, Buffer>) {
          const on = upstream.makeServerStreamRequest(path, identity, identity, call.request);
          on.on("data", (answer) => {
            const bytes = changed(answer);
            if (bytes !== undefined) {
              call.write(bytes);
            }
          });
          on.on("error", (error) => call.destroy(error));
          on.on("end", () => call.end());
        },
        bidi(call: ServerDuplexStream<Buffer, Buffer>) {
          const on = upstream.makeBidiStreamRequest(path, identity, identity, new Metadata());
          call.on("data", (request) => on.write(request));
          call.on("end", () => on.end());
          call.on("error", () => on.cancel());
          call.on("cancelled", () => on.cancel());
          on.on("data", (answer) => {
            const bytes = changed(answer);
            if (bytes !== undefined) {
              call.write(bytes);
            }
          });
          on.on("error", (error) => call.destroy(error));
          on.on("end", () => call.end());
        },
      };
      const handle = requestStream ? "bidi" : responseStream ? "serverStream" : "unary";
      server.addService(
        {
          [name]: {
            ...{ path, requestStream, responseStream },
            requestSerialize: identity,
            requestDeserialize: identity,
            responseSerialize: identity,
            responseDeserialize: identity,
          },
        },
        { [name]: handlers[handle] },
      );
    }
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {
    address: `127.0.0.1:${port}`,
    tampers,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
      upstream.close();
    },
  };
}
