import { fetchWithSession } from "./api-client";
import { Problem } from "./problem";

/** The bytes of an answer that is a picture, for the calls that give no JSON. Throws `Problem`. */
export async function pictureAnswer(request: Request): Promise<Blob> {
  const response = await fetchWithSession(request);
  if (!response.ok) {
    throw Problem.fromAnswer(response, await response.json().catch(() => null));
  }
  try {
    return await response.blob();
  } catch (error) {
    // The connection may be lost between the head of an answer and its end.
    throw request.signal.aborted ? error : Problem.from(error);
  }
}
