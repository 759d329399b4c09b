// Answers questions about IAM policies: JSON on standard input, JSON on standard output. For ../permissions.py only.
//
// In:  {"account": "…", "policies": [[<policy document>, …], …],
//       "questions": [{"policies": <index>, "action": "…", "resource": "<ARN>", "context": {"<key>": "…" | […]}}, …]}
// Out: [true, false, …], whether each is allowed
//
// A question that the evaluator does not understand ends this program with an error: an action or a resource that AWS does
// not know, or a context key that the action does not have. Such a key would be ignored, and a condition on it with
// ForAllValues would hold.
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
    const strange = answer.errors ?? (answer.result.ignoredContextKeys.length > 0 && answer.result.ignoredContextKeys);
    if (answer.resultType !== 'single' || strange) {
        throw new Error(`${action} on ${resource} with ${JSON.stringify(context)}: ${JSON.stringify(strange)}`);
    }
    return answer.overallResult === 'Allowed';
}

const answers = [];
for (const question of questions) {
    answers.push(await isAllowed(question));
}
console.log(JSON.stringify(answers));
