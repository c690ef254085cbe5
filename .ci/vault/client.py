"""Tests the Vault double of the tests with another client (hvac): the double must behave as Vault.
Then the store of this crate reads what hvac wrote.

Argument: the program that serves the double, and that reads with the store on request.
"""

import json
import socket
import ssl
import subprocess
import sys
import tempfile

import hvac
import requests

passed = failed = 0


def check(what, holds, seen=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what}: {seen}")


def raises(what, error, work):
    try:
        check(what, False, work())
    except error:
        check(what, True)
    except Exception as other:  # noqa: BLE001
        check(what, False, repr(other))


def run(double, told):
    def ask(command):
        double.stdin.write(command + "\n")
        double.stdin.flush()
        return json.loads(double.stdout.readline())

    host, port = told["host"], told["port"]
    resolve = socket.getaddrinfo
    socket.getaddrinfo = lambda name, *rest, **more: resolve("127.0.0.1" if name == host else name, *rest, **more)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as authority:
        authority.write(ssl.DER_cert_to_PEM_cert(bytes.fromhex(told["authority"])))
        authority.flush()
        session = requests.Session()
        session.trust_env = False
        session.verify = authority.name
        address = f"https://{host}:{port}"
        client = hvac.Client(url=address, verify=authority.name, session=session, token=told["token"])
        kv = client.secrets.kv.v2

        check("it knows its token", client.is_authenticated())
        written = kv.create_or_update_secret(path="bot/shop", secret={"key": "written-by-another-client"})
        check("a write tells the version", written["data"]["version"] == 1, written)
        read = kv.read_secret_version(path="bot/shop", raise_on_deleted_version=True)
        check("what was written is read", read["data"]["data"] == {"key": "written-by-another-client"}, read)
        check("with its metadata", read["data"]["metadata"]["version"] == 1 and not read["data"]["metadata"]["destroyed"], read)
        ours = ask("read")
        check("our store reads what it wrote", ours == {"sent": "Bearer written-by-another-client"}, ours)
        kv.create_or_update_secret(path="bot/shop", secret={"key": "written-once-more"})
        ours = ask("read")
        check("and the next version", ours == {"sent": "Bearer written-once-more"}, ours)

        login = client.auth.approle.login(role_id="bot", secret_id=told["secret_id"], use_token=False)
        check("a role logs in", login["auth"]["lease_duration"] == 3600 and login["auth"]["renewable"], login)
        other = hvac.Client(url=address, verify=authority.name, session=session, token=login["auth"]["client_token"])
        check("its token is good", other.lookup_token()["data"]["ttl"] == 3600)
        check("and is renewed", other.auth.token.renew_self()["auth"]["lease_duration"] == 3600)
        raises("a wrong secret id", hvac.exceptions.InvalidRequest, lambda: client.auth.approle.login(role_id="bot", secret_id="x"))
        raises("a wrong token", hvac.exceptions.Forbidden, lambda: hvac.Client(url=address, verify=authority.name, session=session, token="x").secrets.kv.v2.read_secret_version(path="bot/shop", raise_on_deleted_version=True))
        raises("a path with nothing", hvac.exceptions.InvalidPath, lambda: kv.read_secret_version(path="bot/none", raise_on_deleted_version=True))
        raises("another namespace", hvac.exceptions.InvalidPath, lambda: hvac.Client(url=address, verify=authority.name, session=session, token=told["token"], namespace="x").secrets.kv.v2.read_secret_version(path="bot/shop", raise_on_deleted_version=True))
        kv.delete_latest_version_of_secret(path="bot/shop")
        raises("a deleted version", hvac.exceptions.InvalidPath, lambda: kv.read_secret_version(path="bot/shop", raise_on_deleted_version=True))
        deleted = kv.read_secret_version(path="bot/shop", raise_on_deleted_version=False)
        check("which has its metadata still", deleted["data"]["metadata"]["deletion_time"] != "" and deleted["data"]["data"] is None, deleted)
        ours = ask("read")
        check("our store says so too", "the newest version was deleted" in ours.get("error", ""), ours)
        ask("seal")
        raises("a sealed one", hvac.exceptions.VaultDown, lambda: kv.read_secret_version(path="bot/shop", raise_on_deleted_version=True))
        ours = ask("read")
        check("and so does our store", "(503)" in ours.get("error", ""), ours)


with subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as double:
    try:
        run(double, json.loads(double.stdout.readline()))
    finally:
        double.stdin.close()
print(f"the double of Vault, hvac: {passed} passed, {failed} failed")
sys.exit(0 if passed and not failed else 1)
