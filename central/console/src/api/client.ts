// One door to the API: the session's cookie goes along by itself, changes carry the CSRF token, and a refusal
// becomes a `Refused` with the server's own words.

import createClient, { type Middleware } from "openapi-fetch";

import { said, saidFault } from "@/i18n";

import type { paths } from "./schema";

export interface FieldError {
  field: string;
  detail: string;
  /** The fault's own name. */
  code?: string;
  /** What it speaks of. */
  values?: Record<string, string | number>;
}

/** The server said no; `status` 0 means that it did not answer at all. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly errors: FieldError[] = [],
    readonly kind = "about:blank",
  ) {
    super(detail);
    this.name = "Refused";
  }

  /** What is wrong with one field of the request's body. */
  of(field: string): string {
    return this.errors.find((error) => error.field === `body.${field}`)?.detail ?? "";
  }
}

const SAFE = new Set(["GET", "HEAD"]);
let csrf = "";
let ended: () => void = () => undefined;

/** What changes must carry. */
export function setCsrf(token: string): void {
  csrf = token;
}

/** Called when the server says that nobody is signed in. */
export function onEnded(callback: () => void): void {
  ended = callback;
}

const guard: Middleware = {
  onRequest({ request }) {
    if (!SAFE.has(request.method) && csrf) {
      request.headers.set("X-CSRF-Token", csrf);
    }
    return request;
  },
};

export const api = createClient<paths>({ baseUrl: location.origin });
api.use(guard);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's data; else throws `Refused`. A type may be named where the client's own has lost its tuples. */
export async function take<T = never, A = unknown>(
  asked: Promise<Answer<A>>,
): Promise<[T] extends [never] ? A : T> {
  let answer: Answer<A>;
  try {
    answer = await asked;
  } catch (error) {
    throw new Refused(0, error instanceof Error ? error.message : String(error));
  }
  if (answer.response.ok) {
    return answer.data as [T] extends [never] ? A : T;
  }
  throw refusal(answer.response.status, answer.error);
}

function spoken(error: FieldError): string {
  const { message, fix } = error.values ?? {};
  const [own, wayOut] = error.code === "value_error" ? error.detail.replace(/^Value error, /, "").split(" | ") : [];
  if (own) {
    return saidFault(own, wayOut ?? ""); // a validator's own words
  }
  return error.code === "config" && message !== undefined ? saidFault(String(message), String(fix ?? "")) : said(error.detail);
}

export function refusal(status: number, body: unknown): Refused {
  const problem = (typeof body === "object" && body !== null ? body : {}) as {
    detail?: string;
    errors?: FieldError[];
    type?: string;
  };
  if (status === 401) {
    ended();
  }
  const errors = (problem.errors ?? []).map((error) => ({ ...error, detail: spoken(error) }));
  return new Refused(status, said(problem.detail ?? `HTTP ${status}`), errors, problem.type);
}

/** A request outside the typed client: uploads, and sends out of the outbox. */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const raw = body instanceof Blob || body instanceof FormData;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        Accept: "application/json",
        ...(raw || body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(SAFE.has(method) || !csrf ? {} : { "X-CSRF-Token": csrf }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
  } catch (error) {
    throw new Refused(0, error instanceof Error ? error.message : String(error));
  }
  const text = await response.text();
  let data: unknown = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    data = null;
  }
  if (!response.ok) {
    throw refusal(response.status, data);
  }
  return data;
}
