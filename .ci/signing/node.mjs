// Tests signatures against `http-message-signatures` for Node (RFC 9421).
//
// python.py tests what this package does not support: `;req` of fields, `@query-param` and an empty
// query. This package does not check `content-digest`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import signatures from "http-message-signatures";

const { createSigner, createVerifier, httpbis } = signatures;
const cases = JSON.parse(readFileSync(new URL("cases.json", import.meta.url)));
const REQUEST = ["@method", "@authority", "@path", "@query"];
const RESPONSE = ["@status", "@method;req", "@authority;req", "@path;req", "@query;req"];
const KEY_ID = "2026-10";
const SECRET = crypto.randomBytes(20).toString("hex");
const pair = crypto.generateKeyPairSync("ed25519");
const PRIVATE = pair.privateKey.export({ type: "pkcs8", format: "pem" });
const PUBLIC = pair.publicKey.export({ type: "spki", format: "pem" });

const program = spawn(process.argv[2], { stdio: ["pipe", "pipe", "inherit"] });
const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
const ask = async (command) => {
    program.stdin.write(`${JSON.stringify(command)}\n`);
    return JSON.parse((await lines.next()).value);
};

/** Fields as that package takes them: one list of values a name. */
const headers = (fields) => {
    const all = {};
    for (const [name, value] of fields) (all[name.toLowerCase()] ??= []).push(value.trim());
    return all;
};
const digest = (body) => `sha-256=:${crypto.createHash("sha256").update(body).digest("base64")}:`;
const messages = (request, response) => {
    const asked = { method: request.method, url: request.url, headers: headers(request.fields) };
    return response ? [{ status: response.status, headers: headers(response.fields) }, asked] : [asked];
};

const rfc9421 = (name) => {
    const alg = name === "hmac" ? "hmac-sha256" : "ed25519";
    const [signing, verifying] = name === "hmac" ? [SECRET, SECRET] : [PRIVATE, PUBLIC];
    return {
        what: `RFC 9421, ${name}`,
        ours: (isPrivate) => ({ algorithm: name, key: isPrivate ? signing : verifying, key_id: KEY_ID, tag: "shop" }),
        async takes(request, response, covers) {
            const message = response ?? request;
            const wanted = message.fields.find(([field]) => field.toLowerCase() === "content-digest")?.[1];
            if ((message.body || wanted) && wanted !== digest(message.body)) return false;
            const key = { id: KEY_ID, algs: [alg], verify: createVerifier(verifying, alg) };
            const keyLookup = async ({ keyid }) => (keyid === KEY_ID ? key : null);
            // It requires names only, and does not support `;req` there.
            const requiredFields = covers.filter((field) => !field.includes(";")).concat(message.body ? ["content-digest"] : []);
            const config = { keyLookup, requiredFields, requiredParams: ["created", "keyid"], maxAge: 300, tolerance: 5 };
            try {
                return await httpbis.verifyMessage(config, ...messages(request, response));
            } catch {
                return false;
            }
        },
        async sign(request, response, covers) {
            const message = response ?? request;
            const added = message.body ? [["content-digest", digest(message.body)]] : [];
            const [first, ...asked] = messages(request, response);
            for (const [field, value] of added) first.headers[field] = [value];
            const config = {
                key: createSigner(signing, alg, KEY_ID),
                name: "theirs",
                fields: covers.concat(added.map(([field]) => field)),
                params: ["created", "keyid", "alg", "nonce", "tag", "expires"],
                paramValues: { nonce: crypto.randomBytes(16).toString("base64url"), tag: "shop" },
            };
            const signed = await httpbis.signMessage(config, first, ...asked);
            return added.concat([["signature-input", signed.headers["Signature-Input"]], ["signature", signed.headers.Signature]]);
        },
    };
};

/** The same message, changed in one place at a time. */
function* tampered(request, response) {
    const at = (url) => [{ ...request, url }, response];
    const [, before, host, after] = /^([a-z]+:\/\/)([^/?]*)(.*)$/i.exec(request.url);
    yield ["method", { ...request, method: "PATCH" }, response];
    yield ["host", ...at(`${before}evil.${host}${after}`)];
    yield ["path", ...at(`${before}${host}/x${after}`)];
    yield ["query", ...at(`${request.url}${after.includes("?") ? "&" : "?"}x`)];
    const changed = (message) => ({ ...message, body: message.body.includes("3") ? message.body.replace("3", "4") : `${message.body} x` });
    yield response ? ["body", request, changed(response)] : ["body", changed(request), response];
    if (response) yield ["status", request, { ...response, status: response.status + 1 }];
}

const withFields = (message, fields) => ({ ...message, fields: message.fields.concat(fields) });
const counts = { ours: 0, theirs: 0, tampered: 0 };

async function run(scheme, { name, request, response = null, covers = null }) {
    const what = `${name} (${scheme.what})`;
    const wanted = covers ?? (response ? RESPONSE : REQUEST);
    const made = await ask({ do: "sign", ...scheme.ours(true), request, response, covers });
    assert(made.fields, `${what}: we do not sign it: ${JSON.stringify(made)}`);
    for (const [way, fields] of [["ours", made.fields], ["theirs", await scheme.sign(request, response, wanted)]]) {
        const whole = response ? [request, withFields(response, fields)] : [withFields(request, fields), null];
        const weTake = async (request, response) => ask({ do: "verify", ...scheme.ours(false), request, response, covers });
        assert(await scheme.takes(...whole, wanted), `${what}: ${way} is not taken by them`);
        const outcome = await weTake(...whole);
        assert("verified" in outcome, `${what}: ${way} is not taken by us: ${JSON.stringify(outcome)}`);
        counts[way] += 1;
        for (const [part, ...changed] of tampered(...whole)) {
            assert(!(await scheme.takes(...changed, wanted)), `${what}: ${way}, ${part} changed, is taken by them`);
            assert(!("verified" in (await weTake(...changed))), `${what}: ${way}, ${part} changed, is taken by us`);
            counts.tampered += 1;
        }
    }
}

for (const scheme of [rfc9421("hmac"), rfc9421("ed25519")]) {
    for (const one of cases) {
        const beyond = "covers" in one || one.request.url.endsWith("?");
        if (!beyond) await run(scheme, one);
    }
}
program.stdin.end();
console.log(
    `signatures, Node ${process.version.slice(1)}: ${counts.ours} of ours and ${counts.theirs} of theirs taken by both, ${counts.tampered} changed messages taken by nobody`,
);
