import { unusable } from "./errors.js";

/** One method of a service of the contract, with the codecs of its messages. */
export interface Method<Q, R> {
  /** Such as `/gaitway.v1.CatalogService/GetServerInfo`. */
  readonly path: string;
  /** Whether the contract says that it may be called twice without harm. */
  readonly repeatable: boolean;
  /** Encodes a request; what is not named has its default. */
  encode(request: Partial<Q>): Buffer;
  decode(answer: Buffer): R;
}

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
  fromPartial(partial: object): T;
}

interface Definition {
  readonly fullName: string;
  readonly methods: Readonly<
    Record<
      string,
      {
        name: string;
        requestType: unknown;
        responseType: unknown;
        options: { readonly idempotencyLevel?: string };
      }
    >
  >;
}

type Message<C> = C extends { decode(bytes: Uint8Array): infer T } ? T : never;

/** The method of that name, from the generated description of its service. */
export function method<D extends Definition, K extends keyof D["methods"] & string>(
  service: D,
  name: K,
): Method<Message<D["methods"][K]["requestType"]>, Message<D["methods"][K]["responseType"]>> {
  type Q = Message<D["methods"][K]["requestType"]>;
  type R = Message<D["methods"][K]["responseType"]>;
  const description = service.methods[name] as D["methods"][K];
  const requests = description.requestType as Codec<Q>;
  const responses = description.responseType as Codec<R>;
  return {
    path: `/${service.fullName}/${description.name}`,
    repeatable: description.options.idempotencyLevel !== undefined,
    encode(request) {
      const bytes = requests.encode(requests.fromPartial(request)).finish();
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    decode(answer) {
      try {
        return responses.decode(answer);
      } catch (error) {
        throw unusable(
          `it cannot be read as an answer to ${description.name}: ${(error as Error).message}`,
        );
      }
    },
  };
}
