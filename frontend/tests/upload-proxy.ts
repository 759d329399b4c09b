import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

/** A proxy for all requests of the browser, which can stall uploads. */
export type UploadProxy = {
  /** The address, for the proxy setting of the browser. */
  address: string;
  /** From now on, each upload stalls after this many bytes and gets no response. */
  stallUploadsAfter: (bytes: number) => void;
  /** From now on, new uploads get through. Stalled ones stay stalled until the browser aborts them. */
  resumeUploads: () => void;
  close: () => Promise<void>;
};

/**
 * Starts a proxy. The browser's own emulation of a slow network does not replace it: when the network goes offline, the
 * emulation releases the data that it held back, so that the whole file may arrive and nothing is interrupted.
 */
export async function startUploadProxy(): Promise<UploadProxy> {
  let stallAfter = Infinity;
  const server = createServer((incoming, response) => {
    if (incoming.method === "PUT" && stallAfter < Infinity) {
      readUpTo(incoming, stallAfter);
    } else {
      forward(incoming, response);
    }
  });
  // The tests' own requests to the service come through a tunnel.
  server.on("connect", ({ url = "" }, near: Duplex) => {
    const { hostname, port } = new URL(`http://${url}`);
    const far = connect(Number(port), hostname, () => near.write("HTTP/1.1 200 OK\r\n\r\n"));
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
    near.on("close", () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) {
    throw new Error("no free port");
  }
  return {
    address: `http://127.0.0.1:${address.port}`,
    stallUploadsAfter: (bytes) => {
      stallAfter = bytes;
    },
    resumeUploads: () => {
      stallAfter = Infinity;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function readUpTo(incoming: IncomingMessage, bytes: number) {
  let read = 0;
  incoming.on("data", (part: Buffer) => {
    read += part.length;
    if (read >= bytes) {
      incoming.pause();
    }
  });
  incoming.on("error", () => incoming.destroy());
}

function forward(incoming: IncomingMessage, response: ServerResponse) {
  const { method, url = "", headers } = incoming;
  const outgoing = request(url, { method, headers }, (upstream) => {
    response.writeHead(upstream.statusCode ?? 502, upstream.rawHeaders);
    upstream.pipe(response);
  });
  // For the browser, the connection breaks too.
  outgoing.on("error", () => response.destroy());
  response.on("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
}
