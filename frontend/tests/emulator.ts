/** The emulator of AWS under the service; `local-cloud.ts` says where. */
const address = () => `http://127.0.0.1:${process.env["SANSFOND_CLOUD_PORT"] ?? 4566}/`;

type Key = { pk: { S: string }; sk: { S: string } };

/**
 * Sets back how often this address has called. All tests come from one, and a quarter of an hour of them is
 * more registering and signing in than the service takes from a stranger.
 */
export async function forgetCounts(): Promise<void> {
  const { TableNames } = await dynamodb<{ TableNames: string[] }>("ListTables", {});
  for (const TableName of TableNames) {
    const { Items } = await dynamodb<{ Items: Key[] }>("Scan", {
      TableName,
      FilterExpression: "begins_with(pk, :counters)",
      ExpressionAttributeValues: { ":counters": { S: "rate#" } },
      ProjectionExpression: "pk, sk",
    });
    await Promise.all(Items.map(({ pk, sk }) => dynamodb("DeleteItem", { TableName, Key: { pk, sk } })));
  }
}

async function dynamodb<Answer>(call: string, body: object): Promise<Answer> {
  const response = await fetch(address(), {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${call}`,
      // Names the region; the emulator does not look at the signature.
      authorization:
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) {
    throw new Error(`${call}: ${response.status} ${await response.text()}`);
  }
  return (await response.json()) as Answer;
}
