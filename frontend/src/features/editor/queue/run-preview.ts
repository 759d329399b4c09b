import { ownFailure } from "./entry";
import { withRetries } from "./retry";
import { Failed, type Work } from "./run-full";

/** Makes a small cutout of a visitor's picture. The service stores nothing of it. */
export async function runPreview(work: Work, maxBytes: number): Promise<void> {
  const { services, signal } = work;
  const { source } = work.entry();
  if (!source) {
    throw new Failed(ownFailure("source_gone"));
  }
  work.patch({ phase: { kind: "processing", share: null } });
  const small = await services.shrink(source, maxBytes);
  signal.throwIfAborted();
  const cutout = await withRetries(services, { signal, final: ["rate_limited"] }, () =>
    services.preview(small, signal),
  );
  signal.throwIfAborted();
  work.patch({ phase: { kind: "ready", cutout, scale: "preview" } });
}
