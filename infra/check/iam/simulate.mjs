// Simulates IAM for ../permissions.py: reads JSON from standard input, writes JSON to standard output.
//
// In:  {"account": "…", "policies": [[<policy document>, …], …],
//       "questions": [{"policies": <index>, "action": "…", "resource": "<ARN>", "context": {"<key>": "…" | […]}}, …]}
// Out: [true, false, …], `true` for each allowed request
//
// A request that the simulator does not support is an error: an action or a resource that AWS does not have, or a context
// key that the action does not have. Such a key would be ignored, and a condition on it with ForAllValues would be true.
import { readFileSync } from 'node:fs';

import { runSimulation } from '@cloud-copilot/iam-simulate';

const { account, policies, questions } = JSON.parse(readFileSync(0, 'utf8'));
const named = policies.map((documents) => documents.map((policy, place) => ({ name: `policy ${place}`, policy })));

async function isAllowed({ policies: place, action, resource, context }) {
    const request = {
        principal: `arn:aws:iam::${account}:role/asked`,
        action,
        resource: { resource, accountId: account },
        contextVariables: context,
    };
    const answer = await runSimulation(
        { request, identityPolicies: named[place], serviceControlPolicies: [], resourceControlPolicies: [] },
        {},
    );
    const problem = answer.errors ?? (answer.result.ignoredContextKeys.length > 0 && answer.result.ignoredContextKeys);
    if (answer.resultType !== 'single' || problem) {
        throw new Error(`${action} on ${resource} with ${JSON.stringify(context)}: ${JSON.stringify(problem)}`);
    }
    return answer.overallResult === 'Allowed';
}

const answers = [];
for (const question of questions) {
    answers.push(await isAllowed(question));
}
console.log(JSON.stringify(answers));
