"""Tests signatures against `http-message-signatures` for Python (RFC 9421)."""

import http.client
import json
import pathlib
import secrets
import subprocess
import sys
import urllib.parse

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, MappingKeyResolver, algorithms
from http_message_signatures.exceptions import HTTPMessageSignaturesException

CASES = json.loads((pathlib.Path(__file__).parent / "cases.json").read_text())
REQUEST = ["@method", "@authority", "@path", "@query"]
RESPONSE = ["@status", "@method;req", "@authority;req", "@path;req", "@query;req"]
SECRET = secrets.token_hex(20)
PRIVATE = ed25519.Ed25519PrivateKey.generate()
PRIVATE_PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_PEM = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
KEY_ID = "2026-10"


class Ours:
    """The signatures of this crate, over JSON lines."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class Message:
    """A request or a response, as `http-message-signatures` accepts it."""

    def __init__(self, message, request=None):
        self.headers = http.client.HTTPMessage()
        for name, value in message["fields"]:
            self.headers[name] = value
        self.body = message["body"].encode()
        if request is None:
            self.method, self.url = message["method"], message["url"]
        else:
            self.status_code, self.request = message["status"], request


def component(name):
    """`@path;req` as a structured field."""
    name, _, params = name.partition(";")
    return f'"{name}"' + (f";{params}" if params else "")


def theirs(request, response):
    asked = Message(request)
    return asked if response is None else Message(response, asked)


class Rfc9421:
    """One algorithm of RFC 9421, in `http-message-signatures`."""

    def __init__(self, name):
        self.name = name
        hmac_key = {KEY_ID: SECRET.encode()}
        self.algorithm = algorithms.HMAC_SHA256 if name == "hmac" else algorithms.ED25519
        keys = MappingKeyResolver(
            public_keys=hmac_key if name == "hmac" else {KEY_ID: PUBLIC_PEM.encode()},
            private_keys=hmac_key if name == "hmac" else {KEY_ID: PRIVATE_PEM.encode()},
        )
        self.signer = HTTPMessageSigner(signature_algorithm=self.algorithm, key_resolver=keys)
        self.verifier = HTTPMessageVerifier(signature_algorithm=self.algorithm, key_resolver=keys)

    def ours(self, private):
        key = SECRET if self.name == "hmac" else PRIVATE_PEM if private else PUBLIC_PEM
        return {"algorithm": self.name, "key": key, "key_id": KEY_ID, "tag": "shop"}

    def takes(self, request, response, covers):
        message = theirs(request, response)
        try:
            required = [component(name) for name in covers]
            return len(self.verifier.verify(message, expect_tag="shop", require_components=required, body=message.body)) == 1
        except HTTPMessageSignaturesException:
            return False

    def sign(self, request, response, covers):
        message = theirs(request, response)
        before = set(message.headers.keys())
        covers = [component(name) for name in covers]
        nonce = secrets.token_urlsafe(16)
        self.signer.sign(
            message, key_id=KEY_ID, tag="shop", nonce=nonce, label="theirs", covered_component_ids=covers, body=message.body or None
        )
        return [[name, value] for name, value in message.headers.items() if name not in before]


def tampered(request, response):
    """Copies of a message, each changed in one place."""
    message = request if response is None else response
    yield "method", {**request, "method": "PATCH"}, response
    host = urllib.parse.urlsplit(request["url"]).netloc
    before, after = request["url"].split(host, 1)
    path, mark, query = after.partition("?")
    yield "host", {**request, "url": f"{before}evil.{host}{after}"}, response
    yield "path", {**request, "url": f"{before}{host}/x{after}"}, response
    yield "query", {**request, "url": f"{before}{host}{path}?x{query}"}, response
    body = message["body"].replace("3", "4", 1) if "3" in message["body"] else message["body"] + " x"
    if response is None:
        yield "body", {**request, "body": body}, response
    else:
        yield "body", request, {**response, "body": body}
        yield "status", request, {**response, "status": response["status"] + 1}


def signed(request, response, fields):
    message = request if response is None else response
    message = {**message, "fields": message["fields"] + fields}
    return (message, None) if response is None else (request, message)


def run(ours, scheme, case, counts):
    request, response = case["request"], case.get("response")
    covers = case.get("covers") or (REQUEST if response is None else RESPONSE)
    if "covers" not in case:
        covers = covers + [name.lower() for name, _ in (response or request)["fields"] if name != "accept"]
    what = f"{case['name']} ({type(scheme).__name__}, {scheme.name})"
    signing = scheme.ours(True) | {"request": request, "response": response, "covers": case.get("covers")}
    made = ours.ask(do="sign", **signing)
    ways = {"ours": made.get("fields"), "theirs": scheme.sign(request, response, covers)}
    assert ways["ours"], f"{what}: we do not sign it: {made}"

    def we_take(request, response):
        # A response is bound to its request. The other components are explicit.
        outcome = ours.ask(do="verify", **scheme.ours(False), request=request, response=response, covers=case.get("covers"))
        return "verified" in outcome, outcome

    for way, fields in ways.items():
        whole = signed(request, response, fields)
        assert scheme.takes(*whole, covers), f"{what}: {way} is not taken by them"
        taken, why = we_take(*whole)
        assert taken, f"{what}: {way} is not taken by us: {why}"
        counts[way] += 1
        for part, *changed in tampered(*whole):
            assert not scheme.takes(*changed, covers), f"{what}: {way}, {part} changed, is taken by them"
            assert not we_take(*changed)[0], f"{what}: {way}, {part} changed, is taken by us"
            counts["tampered"] += 1


def main():
    ours, counts = Ours(sys.argv[1]), {"ours": 0, "theirs": 0, "tampered": 0}
    for scheme in [Rfc9421("hmac"), Rfc9421("ed25519")]:
        for case in CASES:
            run(ours, scheme, case, counts)
    # A response to a signed request, bound to its signature.
    case = next(case for case in CASES if case["name"] == "an order")
    for scheme in [Rfc9421("hmac"), Rfc9421("ed25519")]:
        request, _ = signed(case["request"], None, scheme.sign(case["request"], None, REQUEST))
        response = {"status": 201, "fields": [["content-type", "application/json"]], "body": '{"order": 3}'}
        bound = ['signature;req;key="theirs"']
        made = ours.ask(do="sign", **scheme.ours(True), request=request, response=response, covers=None)
        for way, fields in {"ours": made["fields"], "theirs": scheme.sign(request, response, RESPONSE + bound)}.items():
            answer = signed(request, response, fields)
            assert scheme.takes(*answer, RESPONSE + (bound if way == "theirs" else [])), f"a bound answer of {way} is not taken by them"
            again, _ = signed(case["request"], None, scheme.sign(case["request"], None, REQUEST))
            for asked, taken in [(request, True), (again, False)]:
                outcome = ours.ask(do="verify", **scheme.ours(False), request=asked, response=answer[1], covers=None)
                assert ("verified" in outcome) == taken, f"a bound answer of {way}: {outcome}"
            counts[way] += 1
            counts["tampered"] += 1
    print(
        f"signatures, Python {sys.version.split()[0]}: {counts['ours']} of ours and {counts['theirs']} of theirs taken by both, "
        f"{counts['tampered']} changed messages taken by nobody"
    )


main()
