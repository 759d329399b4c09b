import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

/** A way from the browser to everything, which lets uploads get stuck. */
export type Line = {
  /** As a proxy of the browser. */
  address: string;
  /** From now on, an upload stops moving after so many bytes, and is never heard of again. */
  jamAfter: (bytes: number) => void;
  /** From now on, uploads go through. What is stuck stays stuck, until the browser gives it up. */
  clear: () => void;
  close: () => Promise<void>;
};

/**
 * The browser's own emulation of a bad line lets pass at once what it held back, when it is told that the line
 * is gone: the whole file may arrive then, and nothing was interrupted.
 */
export async function startLine(): Promise<Line> {
  let jam = Infinity;
  const server = createServer((asked, answer) => {
    if (asked.method === "PUT" && jam < Infinity) {
      readUpTo(asked, jam);
    } else {
      passOn(asked, answer);
    }
  });
  // What the tests ask the service themselves comes as a tunnel.
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
    jamAfter: (bytes) => {
      jam = bytes;
    },
    clear: () => {
      jam = Infinity;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function readUpTo(asked: IncomingMessage, bytes: number) {
  let read = 0;
  asked.on("data", (part: Buffer) => {
    read += part.length;
    if (read >= bytes) {
      asked.pause();
    }
  });
  asked.on("error", () => asked.destroy());
}

function passOn(asked: IncomingMessage, answer: ServerResponse) {
  const { method, url = "", headers } = asked;
  const onwards = request(url, { method, headers }, (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
    answered.pipe(answer);
  });
  // The browser sees a connection that breaks.
  onwards.on("error", () => answer.destroy());
  answer.on("close", () => onwards.destroy());
  asked.pipe(onwards);
}
