// CloudFront's function in infra/edge.yaml, run: the viewer's address is what CloudFront saw, whatever the viewer claimed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const template = readFileSync(new URL("../infra/edge.yaml", import.meta.url), "utf8");
const [, code] = template.match(/^ +FunctionCode: \|\n((?: {8,}.*\n)+)/m);
const handler = new Function(`${code}; return handler;`)();

const claims = [{}, { "x-vestibule-viewer": { value: "192.0.2.1" } }, {
    "x-vestibule-viewer": { value: "192.0.2.1", multiValue: [{ value: "192.0.2.1" }, { value: "192.0.2.2" }] },
}];
for (const claimed of claims) {
    const headers = { ...claimed, authorization: { value: "Bearer token" } };
    const sent = handler({ viewer: { ip: "2001:db8::7" }, request: { method: "POST", uri: "/demo/login", headers } });
    assert.deepEqual(sent, {
        method: "POST",
        uri: "/demo/login",
        headers: { "x-vestibule-viewer": { value: "2001:db8::7" }, authorization: { value: "Bearer token" } },
    });
}
console.log("the edge tells the viewer's address");
