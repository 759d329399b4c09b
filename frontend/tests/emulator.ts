import { spawn, type ChildProcessByStdio } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

import { localCloud } from "./local-cloud.ts";

type Key = { pk: { S: string }; sk: { S: string } };

/**
 * Deletes the counters of the rate limits. All tests share one IP address, and in a quarter of an hour they register and
 * sign in more often than the service allows.
 */
export async function resetRateLimits(): Promise<void> {
  const { TableNames } = await aws<{ TableNames: string[] }>("dynamodb", "list_tables");
  for (const TableName of TableNames) {
    const { Items } = await aws<{ Items: Key[] }>("dynamodb", "scan", {
      TableName,
      FilterExpression: "begins_with(pk, :counters)",
      ExpressionAttributeValues: { ":counters": { S: "rate#" } },
      ProjectionExpression: "pk, sk",
    });
    for (const Key of Items) {
      await aws("dynamodb", "delete_item", { TableName, Key });
    }
  }
}

type Child = ChildProcessByStdio<Writable, Readable, null>;
let connection: { child: Child; answers: AsyncIterator<string> } | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Calls the AWS emulator as the root user, with the names of boto3. Signed links are for the address `at`. */
export async function aws<Answer>(service: string, call: string, input = {}, at?: string): Promise<Answer> {
  // One request at a time: the process answers in order, and its answers have no IDs.
  const answer = last.then(() => send(`${JSON.stringify({ service, call, with: input, at })}\n`));
  last = answer.catch(() => undefined);
  const { error, answer: found } = await answer;
  if (error !== undefined) {
    throw new Error(`${service} ${call}: ${error}`);
  }
  return found as Answer;
}

async function send(request: string): Promise<{ error?: string; answer?: unknown }> {
  connection ??= start();
  connection.child.stdin.write(request);
  const { value, done } = await connection.answers.next();
  if (done) {
    throw new Error("aws.py has ended");
  }
  return JSON.parse(value);
}

/** Starts the process that the tests of the service use too. It ends when its standard input closes with this process. */
function start() {
  const { home, cloudPort } = localCloud();
  const checkout = path.resolve(import.meta.dirname, "../..");
  const script = path.join(checkout, "infra/local/tests/it/service/aws.py");
  const python = path.join(home, "venv/cloud/bin/python");
  const child = spawn(python, [script, `http://127.0.0.1:${cloudPort}`], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: path.join(home, "local/aws-credentials"),
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
  child.unref();
  return { child, answers: createInterface(child.stdout)[Symbol.asyncIterator]() };
}
