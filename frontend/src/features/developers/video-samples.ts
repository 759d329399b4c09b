import type { SampleLanguage } from "./samples";

/** Create, upload in parts, complete, poll, download. */
export function videoSamples(origin: string): Record<SampleLanguage, string> {
  return {
    curl: `SITE=${origin}
FILE=clip.mp4
KEY="X-Api-Key: $SANSFOND_KEY"

curl -fsS $SITE/api/remove-video-background -H "$KEY" -H "Content-Type: application/json" \\
  -d "{\\"name\\": \\"$FILE\\", \\"type\\": \\"video/mp4\\", \\"size_bytes\\": $(wc -c < $FILE),
       \\"options\\": {\\"format\\": \\"webm\\"}}" > answer.json
JOB=$(jq -r .job.id answer.json)

PART=$(jq -r .upload.part_size_bytes answer.json)
jq -r '.upload.parts[] | "\\(.number) \\(.url)"' answer.json | while read -r NUMBER URL
do tail -c +$(( (NUMBER - 1) * PART + 1 )) $FILE | head -c $PART > part
  curl -fsS --retry 5 -T part "$URL"; done
curl -fsS -X POST $SITE/api/jobs/$JOB/upload -H "$KEY" > /dev/null

while curl -fsS $SITE/api/jobs/$JOB -H "$KEY" > job.json
  jq -e '.state == "pending" or .state == "queued" or .state == "processing"' job.json > /dev/null
do sleep 3; done
curl -fsS "$(jq -r .result.download_url job.json)" -o cutout.webm`,
    python: `import json
import os
import time
from pathlib import Path
from urllib.request import Request, urlopen

SITE = "${origin}"
HEADERS = {"X-Api-Key": os.environ["SANSFOND_KEY"], "Content-Type": "application/json"}


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(SITE + path, data=data, headers=HEADERS, method=method)) as response:
        return json.load(response)


clip = Path("clip.mp4")
answer = call("POST", "/api/remove-video-background", {
    "name": clip.name,
    "type": "video/mp4",
    "size_bytes": clip.stat().st_size,
    "options": {"format": "webm"},
})
job, upload = answer["job"], answer["upload"]
with clip.open("rb") as file:
    for part in upload["parts"]:
        file.seek((part["number"] - 1) * upload["part_size_bytes"])
        urlopen(Request(part["url"], data=file.read(part["size_bytes"]), method="PUT")).close()
job = call("POST", f"/api/jobs/{job['id']}/upload")

while job["state"] in ("pending", "queued", "processing"):
    time.sleep(3)
    job = call("GET", f"/api/jobs/{job['id']}")
if job["state"] != "completed":
    raise SystemExit(job["failure"]["message"] if job["failure"] else job["state"])
with urlopen(job["result"]["download_url"]) as response:
    Path("cutout.webm").write_bytes(response.read())`,
    javascript: `import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";

const site = "${origin}";
const headers = { "X-Api-Key": process.env.SANSFOND_KEY, "Content-Type": "application/json" };

async function call(method, path, body) {
  const response = await fetch(site + path, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(\`\${answer.code}: \${answer.title}\`);
  }
  return answer;
}

const clip = await openAsBlob("clip.mp4");
let { job, upload } = await call("POST", "/api/remove-video-background", {
  name: "clip.mp4",
  type: "video/mp4",
  size_bytes: clip.size,
  options: { format: "webm" },
});
for (const { number, size_bytes, url } of upload.parts) {
  const start = (number - 1) * upload.part_size_bytes;
  const sent = await fetch(url, { method: "PUT", body: clip.slice(start, start + size_bytes) });
  if (!sent.ok) {
    throw new Error(\`Part \${number} was answered \${sent.status}.\`);
  }
}
job = await call("POST", \`/api/jobs/\${job.id}/upload\`);

while (["pending", "queued", "processing"].includes(job.state)) {
  await new Promise((resolve) => setTimeout(resolve, 3000));
  job = await call("GET", \`/api/jobs/\${job.id}\`);
}
if (job.state !== "completed") {
  throw new Error(job.failure?.message ?? job.state);
}
const result = await fetch(job.result.download_url);
await writeFile("cutout.webm", Buffer.from(await result.arrayBuffer()));`,
  };
}
