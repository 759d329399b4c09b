import { fetchWithSession } from "./api-client";
import { Problem } from "./problem";

/** The bytes of a picture response, for calls that return no JSON. Throws `Problem`. */
export async function pictureAnswer(request: Request): Promise<Blob> {
  const response = await fetchWithSession(request);
  if (!response.ok) {
    throw Problem.fromAnswer(response, await response.json().catch(() => null));
  }
  try {
    return await response.blob();
  } catch (error) {
    // The connection may be lost in the middle of a response.
    throw request.signal.aborted ? error : Problem.from(error);
  }
}
