export const languages = ["curl", "python", "javascript"] as const;
export type SampleLanguage = (typeof languages)[number];
type Samples = Record<SampleLanguage, string>;

/** Creates an API key. Only a user can, so it signs in first. */
export function keySample(origin: string): string {
  return `SITE=${origin}
api() {
  curl -fsS -b cookies.txt -c cookies.txt -H "Origin: $SITE" -H "Content-Type: application/json" "$@"
}

api $SITE/api/auth/login -o /dev/null -d '{"email": "you@example.org", "password": "your password"}'
api $SITE/api/keys -d '{"label": "my program"}'
rm cookies.txt`;
}

/** One picture, one request. */
export function directSamples(origin: string): Samples {
  return {
    curl: `curl -fsSL ${origin}/api/remove-background \\
  -H "X-Api-Key: $SANSFOND_KEY" \\
  -F image_file=@photo.jpg \\
  -o cutout.png`,
    python: `import os
from pathlib import Path
from urllib.request import Request, urlopen

request = Request(
    "${origin}/api/remove-background",
    data=Path("photo.jpg").read_bytes(),
    headers={"X-Api-Key": os.environ["SANSFOND_KEY"], "Content-Type": "image/jpeg"},
)
with urlopen(request) as response:
    Path("cutout.png").write_bytes(response.read())`,
    javascript: `import { readFile, writeFile } from "node:fs/promises";

const response = await fetch("${origin}/api/remove-background", {
  method: "POST",
  headers: { "X-Api-Key": process.env.SANSFOND_KEY, "Content-Type": "image/jpeg" },
  body: await readFile("photo.jpg"),
});
if (!response.ok) {
  const problem = await response.json();
  throw new Error(\`\${problem.code}: \${problem.title}\`);
}
await writeFile("cutout.png", Buffer.from(await response.arrayBuffer()));`,
  };
}

/** Create, upload, poll, download: for large pictures and for many. */
export function uploadSamples(origin: string): Samples {
  return {
    curl: `SITE=${origin}
FILE=photo.jpg
KEY="X-Api-Key: $SANSFOND_KEY"

curl -fsS $SITE/api/uploads -H "$KEY" -H "Content-Type: application/json" \\
  -d "{\\"name\\": \\"$FILE\\", \\"type\\": \\"image/jpeg\\", \\"size_bytes\\": $(wc -c < $FILE)}" > answer.json
JOB=$(jq -r .job.id answer.json)
curl -fsS -X PUT -H "Content-Type: image/jpeg" --data-binary @$FILE "$(jq -r .upload.url answer.json)"

while curl -fsS $SITE/api/jobs/$JOB -H "$KEY" > job.json
  jq -e '.state == "pending" or .state == "queued" or .state == "processing"' job.json > /dev/null
do sleep 1; done
curl -fsS "$(jq -r .result.download_url job.json)" -o cutout.png`,
    python: `import json
import os
import time
from pathlib import Path
from urllib.request import Request, urlopen

SITE = "${origin}"
HEADERS = {"X-Api-Key": os.environ["SANSFOND_KEY"], "Content-Type": "application/json"}


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(SITE + path, data=data, headers=HEADERS)) as response:
        return json.load(response)


photo = Path("photo.jpg")
answer = call("/api/uploads", {"name": photo.name, "type": "image/jpeg", "size_bytes": photo.stat().st_size})
job, upload = answer["job"], answer["upload"]
urlopen(Request(upload["url"], data=photo.read_bytes(), headers=upload["headers"], method="PUT")).close()

while job["state"] in ("pending", "queued", "processing"):
    time.sleep(1)
    job = call(f"/api/jobs/{job['id']}")
if job["state"] != "completed":
    raise SystemExit(job["failure"]["message"] if job["failure"] else job["state"])
with urlopen(job["result"]["download_url"]) as response:
    Path("cutout.png").write_bytes(response.read())`,
    javascript: `import { readFile, writeFile } from "node:fs/promises";

const site = "${origin}";
const headers = { "X-Api-Key": process.env.SANSFOND_KEY, "Content-Type": "application/json" };

async function call(path, options) {
  const response = await fetch(site + path, { headers, ...options });
  const body = await response.json();
  if (!response.ok) {
    throw new Error(\`\${body.code}: \${body.title}\`);
  }
  return body;
}

const photo = await readFile("photo.jpg");
const wanted = { name: "photo.jpg", type: "image/jpeg", size_bytes: photo.length };
let { job, upload } = await call("/api/uploads", { method: "POST", body: JSON.stringify(wanted) });
await fetch(upload.url, { method: "PUT", headers: upload.headers, body: photo });

while (["pending", "queued", "processing"].includes(job.state)) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  job = await call(\`/api/jobs/\${job.id}\`);
}
if (job.state !== "completed") {
  throw new Error(job.failure?.message ?? job.state);
}
const result = await fetch(job.result.download_url);
await writeFile("cutout.png", Buffer.from(await result.arrayBuffer()));`,
  };
}

/** The body of a refused request. */
export const problemSample = `HTTP/1.1 402 Payment Required
content-type: application/problem+json

{
  "type": "urn:sansfond:problem:insufficient_credits",
  "code": "insufficient_credits",
  "title": "No credit is left.",
  "status": 402,
  "request_id": "…",
  "kind": "image",
  "left": 0,
  "renews_at": "2027-01-01T00:00:00Z"
}`;
