import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import path from "node:path";

import type { Browser } from "@playwright/test";

import { downloadButton, fullyReady, addFiles } from "./editor.ts";
import { aws } from "./emulator.ts";
import { localCloud } from "./local-cloud.ts";
import { newEmail, signedIn } from "./people.ts";
import { downloaded, expect, fixture, siteOrigin, test } from "./site.ts";
import { words } from "./words.ts";

// A page of another site cannot use the local cloud while it runs on this machine. Our own pages can use the emulator.

const FOREIGN = "foreign.test";
/** The name of an API that is not deployed. A browser resolves it to this machine. */
const INVENTED = "x.execute-api.localhost";

test.use({
  launchOptions: {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", `--host-resolver-rules=MAP ${FOREIGN} 127.0.0.1`],
  },
});

/** A request by one of the ways that a page has. */
type Attempt = { way: "image" | "fetch" | "no-cors" | "form" | "frame"; url: string; body?: string };
/** `read` is true if the page could read the response. */
type Outcome = { read: boolean };

let server: Server;
let port: number;

test.beforeAll(async () => {
  server = createServer((_, answer) =>
    answer.setHeader("content-type", "text/html").end("<title>Foreign</title>"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});

test.afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

// For a browser, the second host is the same site as ours: ports do not matter.
for (const host of [FOREIGN, "127.0.0.1"]) {
  test(`a page of ${host} cannot create anything in the emulator, even with a valid signature`, async ({
    browser,
  }) => {
    const { cloudPort } = localCloud();
    const names = [`127.0.0.1:${cloudPort}`, `localhost:${cloudPort}`, `${INVENTED}:${cloudPort}`];
    const attempts: Attempt[] = [];
    for (const name of names) {
      for (const way of ["image", "fetch", "no-cors", "form", "frame"] as const) {
        attempts.push({ way, url: await linkToMakeStack(stackName(host, attempts.length), name, way) });
      }
    }
    const outcomes = await asPageOf(host, browser, attempts);
    expect(outcomes.filter(({ read }) => read)).toEqual([]);
    expect(await stacks()).toEqual(["sansfond"]);

    // The links are valid: a request that does not come from a browser succeeds.
    const control = stackName(host, attempts.length);
    const link = await linkToMakeStack(control, `127.0.0.1:${cloudPort}`, "image");
    expect((await fetch(link)).status).toBe(200);
    expect(await stacks()).toContain(control);
    await aws("cloudformation", "delete_stack", { StackName: control });
    await expect.poll(stacks).toEqual(["sansfond"]);
  });

  test(`a page of ${host} cannot start a Batch job`, async ({ browser }) => {
    const name = `by-a-page-${host.replaceAll(".", "-")}`;
    const body = JSON.stringify({ jobName: name, jobQueue: "q", jobDefinition: "d" });
    const url = `http://127.0.0.1:${localCloud().batchPort}/v1/submitjob`;
    const outcomes = await asPageOf(host, browser, [
      { way: "fetch", url, body },
      { way: "no-cors", url, body },
      { way: "form", url, body },
    ]);
    expect(outcomes.filter(({ read }) => read)).toEqual([]);
    const list = await fetch(url.replace("submitjob", "listjobs"), {
      method: "POST",
      body: JSON.stringify({ jobQueue: "q", filters: [{ name: "JOB_NAME", values: [name] }] }),
    });
    expect(await list.json()).toEqual({ jobSummaryList: [] });
  });

  test(`a page of ${host} cannot write to our API or read emails`, async ({ browser, page }) => {
    const { home, cloudPort } = localCloud();
    const { api } = JSON.parse(readFileSync(path.join(home, "local/stack.json"), "utf8"));
    const emails: string[] = [];
    const attempts: Attempt[] = [];
    for (const origin of [siteOrigin(), `http://${api}.execute-api.localhost:${cloudPort}`]) {
      for (const way of ["fetch", "no-cors", "form"] as const) {
        const email = newEmail();
        emails.push(email);
        const body = JSON.stringify({ email, language: "en" });
        attempts.push({ way, url: `${origin}/api/auth/register`, body });
      }
    }
    for (const url of [
      `${siteOrigin()}/outbox.json`,
      `http://127.0.0.1:${cloudPort}/_ministack/ses/messages`,
    ]) {
      attempts.push({ way: "fetch", url }, { way: "no-cors", url });
    }
    const outcomes = await asPageOf(host, browser, attempts);
    expect(outcomes.filter(({ read }) => read)).toEqual([]);
    const mails: { to: string[] }[] = await (await page.request.get("/outbox.json")).json();
    expect(mails.flatMap(({ to }) => to).filter((to) => emails.includes(to))).toEqual([]);
  });
}

test("our own pages send pictures to the emulator and get them from it", async ({ page }) => {
  const emulator = `http://127.0.0.1:${localCloud().cloudPort}/`;
  const seen: { method: string; status: number }[] = [];
  page.on("response", (response) => {
    if (response.url().startsWith(emulator)) {
      seen.push({ method: response.request().method(), status: response.status() });
    }
  });
  const texts = words("en");
  await signedIn(page);
  await page.goto("/editor");
  await addFiles(page, fixture("astronaut.png"));
  await fullyReady(page, texts);
  const { bytes } = await downloaded(page, () => downloadButton(page, texts, "png").click());
  expect(bytes.length).toBeGreaterThan(1000);
  const { jobs } = await (await page.request.get("/api/jobs")).json();
  const { result } = await (await page.request.get(`/api/jobs/${jobs[0].id}`)).json();
  // As an image, and as a link that is followed.
  const width = await page.evaluate(async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image.naturalWidth;
  }, result.preview_url);
  expect(width).toBeGreaterThan(0);
  await downloaded(page, () => page.evaluate((url) => location.assign(url), result.download_url));
  expect(seen.filter(({ status }) => status >= 400)).toEqual([]);
  expect(new Set(seen.map(({ method }) => method))).toEqual(new Set(["PUT", "GET"]));
});

const stackName = (host: string, number: number) => `by-a-page-${host.replaceAll(".", "-")}-${number}`;

/** A link that creates a stack, signed by the root user of the local cloud for this host. */
function linkToMakeStack(name: string, host: string, way: Attempt["way"]): Promise<string> {
  const input = {
    ClientMethod: "create_stack",
    Params: { StackName: name, TemplateBody: '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}' },
    HttpMethod: way === "form" ? "POST" : "GET",
  };
  return aws("cloudformation", "generate_presigned_url", input, `http://${host}`);
}

async function stacks(): Promise<string[]> {
  const { Stacks } = await aws<{ Stacks: { StackName: string }[] }>("cloudformation", "describe_stacks");
  return Stacks.map(({ StackName }) => StackName);
}

/** Makes all attempts at once from a page of `host`. */
async function asPageOf(host: string, browser: Browser, attempts: Attempt[]): Promise<(Attempt & Outcome)[]> {
  const page = await browser.newPage();
  await page.goto(`http://${host}:${port}/`);
  const outcomes = await page.evaluate(async (all) => {
    const loaded = (element: HTMLElement) =>
      new Promise<void>((resolve) => {
        element.addEventListener("load", () => resolve());
        element.addEventListener("error", () => resolve());
        document.body.append(element);
      });
    const fetched = async (url: string, mode: RequestMode, body?: string): Promise<boolean> => {
      const init: RequestInit = { mode, credentials: "include", ...(body && { method: "POST", body }) };
      try {
        const response = await fetch(url, init);
        return response.type !== "opaque";
      } catch {
        return false;
      }
    };
    const image = async (url: string): Promise<boolean> => {
      const element = new Image();
      element.src = url;
      await loaded(element);
      return element.naturalWidth > 0;
    };
    const frame = async (url: string): Promise<boolean> => {
      const element = document.createElement("iframe");
      element.src = url;
      await loaded(element);
      return element.contentDocument !== null;
    };
    const form = async (url: string, body?: string): Promise<boolean> => {
      const target = document.createElement("iframe");
      target.name = `target-${document.forms.length}`;
      const element = document.createElement("form");
      Object.assign(element, { method: "post", action: url, target: target.name, enctype: "text/plain" });
      if (body !== undefined) {
        // The form sends the name, “=” and the value, which add one more member to the object.
        const name = `${body.slice(0, -1)}, "more": "`;
        element.append(Object.assign(document.createElement("input"), { type: "hidden", name, value: '"}' }));
      }
      document.body.append(element);
      await loaded(target);
      const answered = new Promise((resolve) => target.addEventListener("load", resolve));
      element.submit();
      await answered;
      return target.contentDocument !== null;
    };
    const ways = {
      image: ({ url }: Attempt) => image(url),
      frame: ({ url }: Attempt) => frame(url),
      form: ({ url, body }: Attempt) => form(url, body),
      fetch: ({ url, body }: Attempt) => fetched(url, "cors", body),
      "no-cors": ({ url, body }: Attempt) => fetched(url, "no-cors", body),
    };
    return Promise.all(all.map(async (one) => ({ ...one, read: await ways[one.way](one) })));
  }, attempts);
  await page.close();
  return outcomes;
}
