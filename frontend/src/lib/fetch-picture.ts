import { fetchWithSession } from "./api-client";
import { Problem } from "./problem";

/** Sends a request whose response is a picture instead of JSON. Throws `Problem`. */
export async function fetchPicture(request: Request): Promise<Blob> {
  const response = await fetchWithSession(request);
  if (!response.ok) {
    throw Problem.fromResponse(response, await response.json().catch(() => null));
  }
  try {
    return await response.blob();
  } catch (error) {
    // The connection may be lost in the middle of a response.
    throw request.signal.aborted ? error : Problem.from(error);
  }
}
