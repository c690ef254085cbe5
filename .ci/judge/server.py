"""An independent chat-completions server over TLS on loopback. The types of the `openai` package define
its requests and responses. It has no model: a word in the text determines the verdict.

Arguments: a certificate and its key. It prints its port and runs until it is terminated. A request
that does not match the types exactly gets status 400.
"""

import http.server
import json
import re
import ssl
import sys

import jsonschema
from openai.types.chat import ChatCompletion
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import TypeAdapter, ValidationError

PARAMS = TypeAdapter(CompletionCreateParamsNonStreaming)
KEY = "Bearer counterpart-canary-40be17c2"


def plain(value):
    """The validated value, with its lazy lists evaluated."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    return [plain(item) for item in value]


def read(body):
    """The system message, the judged text and the response schema. Raises an error for a malformed request."""
    given = json.loads(body)
    if plain(PARAMS.validate_python(given)) != given:
        raise ValueError("there are members that the types do not have")
    schema = given["response_format"]["json_schema"]["schema"]
    jsonschema.Draft202012Validator.check_schema(schema)
    system, user = (message["content"] for message in given["messages"])
    region = re.fullmatch(r'tool: ".*"\npurpose: ".*"\npart \d+ of \d+\n⟦text ([0-9a-f]{16})⟧\n(.*)\n⟦end \1⟧', user)
    if not region:
        raise ValueError("the text does not stand in one region")
    return system, json.loads(region[2]), schema


def completion(system, text, schema):
    answer = {"code": system.split()[-1], "verdict": "injection" if "EVIL" in text else "suspicious" if "ODD" in text else "clean"}
    jsonschema.validate(answer, schema)
    message = {"role": "assistant", "content": text if "PARROT" in text else json.dumps(answer), "refusal": None}
    reason = "stop"
    if "DECLINE" in text:
        message["content"], message["refusal"] = None, "I'm sorry, I can't help with that."
    if "CALL" in text:
        function = {"name": "send_mail", "arguments": "{}"}
        message["content"], message["tool_calls"], reason = None, [{"id": "call_1", "type": "function", "function": function}], "tool_calls"
    if "CUT" in text:
        message["content"], reason = message["content"][:20], "length"
    usage = {"prompt_tokens": len(text) // 4, "completion_tokens": 20, "total_tokens": len(text) // 4 + 20}
    choice = {"index": 0, "finish_reason": reason, "logprobs": None, "message": message}
    whole = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1790000000, "model": "small-1", "choices": [choice], "usage": usage}
    return ChatCompletion.model_validate(whole, strict=True).model_dump_json()


class Completions(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers["authorization"] != KEY:
            return self.answer(401, '{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}')
        if self.path != "/v1/chat/completions" or self.headers["content-type"] != "application/json":
            return self.answer(404, "{}")
        try:
            answer = completion(*read(body))
        except (ValidationError, ValueError, jsonschema.SchemaError) as error:
            print("malformed request:", error, file=sys.stderr, flush=True)
            return self.answer(400, '{"error":{"message":"invalid request"}}')
        self.answer(200, answer)

    def answer(self, status, text):
        text = text.encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Completions)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
