import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";

const checkout = path.resolve(import.meta.dirname, "../..");
const launcher = path.join(checkout, "target/debug/sansfond-local");
const folder = path.join(checkout, "target/tmp/pages");
const installed = process.env["SANSFOND_HOME"] ?? path.join(checkout, ".sansfond");

/** The folder and the ports of the service: of the one that was started here, or else of `make up`. */
export function localCloud() {
  const home = process.env["SANSFOND_PAGES_HOME"] ?? installed;
  const { cloud, batch } = JSON.parse(readFileSync(path.join(home, "local/ports.json"), "utf8"));
  return { home, cloudPort: Number(cloud), batchPort: Number(batch) };
}

/** Measured: 5 s on two cores, when nothing else runs. */
const START_LIMIT_MS = 180_000;

/**
 * Starts the whole service as `make up` does, with its own ports and state, for one run of the tests. `SITE` names a
 * service that is already running: that helps while writing tests, but does not count as a result.
 */
export default async function startLocalCloud(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["SITE"]) {
    return undefined;
  }
  for (const needed of [launcher, path.join(checkout, "frontend/dist/app.html")]) {
    if (!existsSync(needed)) {
      throw new Error(`${path.relative(checkout, needed)} is missing; run the tests with \`make pages\``);
    }
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of ["venv", "models", "runtime"]) {
    symlinkSync(path.join(installed, part), path.join(folder, part));
  }
  const [port, cloudPort, batchPort] = await freePorts(3);
  const log = path.join(folder, "launcher.log");
  const child = spawn(launcher, {
    // The launcher stops when its standard input ends, however this process ends.
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...process.env,
      SANSFOND_HOME: folder,
      SANSFOND_LOCAL_STOP_WITH_PARENT: "true",
      SANSFOND_LOCAL_PARAMETERS: "FreeImages=4,AnonymousPreviewsPerHour=500",
      SANSFOND_CLOUD_PORT: String(cloudPort),
      SANSFOND_BATCH_PORT: String(batchPort),
      PORT: String(port),
    },
  });
  const file = createWriteStream(log);
  child.stdout.pipe(file);
  child.stderr.pipe(file);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const started = Date.now();
  const output = () => (existsSync(log) ? readFileSync(log, "utf8") : "");
  while (!output().includes(": stop ")) {
    if (child.exitCode !== null || Date.now() - started > START_LIMIT_MS) {
      child.kill();
      throw new Error(`the local cloud did not start:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  process.env["SANSFOND_PAGES_HOME"] = folder;
  process.env["SITE"] = `http://127.0.0.1:${port}`;
  return async () => {
    child.kill("SIGINT");
    await ended;
  };
}

/** Unused, different ports: each stays occupied until the last one is found. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (typeof address !== "object" || address === null) {
      throw new Error("no free port");
    }
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
