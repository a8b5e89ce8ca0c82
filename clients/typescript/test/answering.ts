import {
  type Metadata,
  Server,
  ServerCredentials,
  type StatusObject,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";

const identity = (message: Buffer): Buffer => message;

/**
 * Starts a server whose list of environments is empty, unless `refuse` says otherwise of a call's headers.
 *
 * @param credentials plaintext unless given
 */
export async function answering(
  refuse: (metadata: Metadata) => Partial<StatusObject> | undefined,
  credentials = ServerCredentials.createInsecure(),
): Promise<{ readonly address: string; readonly port: number; close(): void }> {
  const server = new Server();
  const service = {
    list: {
      path: "/gaitway.v1.CatalogService/ListEnvironments",
      requestStream: false,
      responseStream: false,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    },
  };
  const implementation: UntypedServiceImplementation = {
    list: (
      call: { metadata: Metadata },
      answer: (error: Partial<StatusObject> | null, value?: Buffer) => void,
    ) => {
      const refusal = refuse(call.metadata);
      refusal === undefined ? answer(null, Buffer.alloc(0)) : answer(refusal);
    },
  };
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, port, close: () => server.forceShutdown() };
}
