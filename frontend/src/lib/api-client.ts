import createClient from "openapi-fetch";

import type { paths } from "@/api/schema";

import { Problem } from "./problem";
import { session } from "./session";

const REFRESH = "/api/auth/refresh";

/** The client of the API, typed by its OpenAPI description. Wrap its calls in `unwrap`, which throws `Problem`. */
export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  fetch: fetchWithSession,
});

/**
 * The body of a successful response.
 *
 * @throws Problem for every unsuccessful response, and if there is no response.
 */
export async function unwrap<Body>(
  call: Promise<{ data?: Body; error?: unknown; response: Response }>,
): Promise<Body> {
  const { data, error, response } = await call;
  if (!response.ok) {
    throw Problem.fromResponse(response, error);
  }
  // There is no type for a response without a body.
  return data as Body;
}

/** `fetch` with the page's language. If the session has expired, it is renewed and the request repeated once. */
export async function fetchWithSession(request: Request): Promise<Response> {
  request.headers.set("accept-language", document.documentElement.lang || "en");
  const again = request.clone();
  const before = session.hint();
  const response = await reach(request);
  if (
    response.status !== 401 ||
    !session.mayExist() ||
    new URL(request.url).pathname.startsWith("/api/auth/") ||
    (await isAboutPassword(response))
  ) {
    return response;
  }
  const renewed = await renew();
  // A request of one account is not repeated for another.
  return renewed && session.hint() === before ? reach(again) : response;
}

/** True if a password was wrong, not the session; sending it again would count as another attempt. */
async function isAboutPassword(response: Response): Promise<boolean> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return typeof body === "object" && body !== null && "code" in body && body.code === "invalid_credentials";
}

async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) {
      throw error;
    }
    throw Problem.from(error);
  }
}

let renewing: Promise<boolean> | undefined;

/**
 * Renews the session; false if it is over. Concurrent requests share one renewal.
 *
 * @throws Problem if the outcome is unknown: a busy service has not ended the session.
 */
function renew(): Promise<boolean> {
  renewing ??= (async () => {
    try {
      const before = session.hint();
      const response = await reach(new Request(new URL(REFRESH, location.origin), { method: "POST" }));
      if (response.status === 401) {
        // Unless another tab has started a session in the meantime.
        if (session.hint() === before) {
          session.expire();
        }
        return false;
      }
      if (!response.ok) {
        throw Problem.fromResponse(response, await response.json().catch(() => null));
      }
      return true;
    } finally {
      renewing = undefined;
    }
  })();
  return renewing;
}
