"""Verifies an audit chain independently of the code that wrote it. Prints the number of records, or the
first invalid line.

A line is {"seq":N,"prev":"H","…":…,"hash":"H"} and a line feed. Its hash is the SHA-256 of the line up
to the last `,"hash":`, and nothing follows it. `prev` is the hash of the previous line; in the first
line it is empty.

    verify_audit.py FILE [--head RECORDS:HASH] [--tamper]
"""

import argparse
import hashlib
import json
import sys


class Broken(Exception):
    pass


def members(pairs):
    """An object without duplicate keys, which parsers read differently."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def verify(chain, kept=None):
    """The head (records, hash), and the calls with an unknown effect: they have an intent, and no outcome
    except `unknown` or `cancelled`."""
    records, head, unknown = 0, "", set()
    contains = kept is None or kept[0] == 0
    for line in chain.splitlines(keepends=True):
        number = records + 1
        body, separator, tail = line.rpartition(b',"hash":')
        digest = hashlib.sha256(body).hexdigest()
        if not separator or tail != f'"{digest}"}}\n'.encode():
            raise Broken(f"line {number} does not match its hash")
        try:
            record = json.loads(line, object_pairs_hook=members)
        except ValueError as error:
            raise Broken(f"line {number} is not a record: {error}") from None
        if record.get("seq") != number or record.get("prev") != head:
            raise Broken(f"line {number} does not follow the previous line")
        if record.get("kind") == "intent":
            unknown.add(record["call"])
        elif record.get("kind") == "outcome" and record.get("decision") not in ("unknown", "cancelled"):
            unknown.discard(record.get("call"))
        records, head = number, digest
        contains = contains or (records, head) == kept
    if not contains:
        raise Broken("the chain does not contain the stored head")
    return (records, head), unknown


def rehashed(line, old, new):
    """A changed line with a recomputed hash."""
    body = line.rpartition(b',"hash":')[0].replace(old, new, 1)
    return body + f',"hash":"{hashlib.sha256(body).hexdigest()}"}}\n'.encode()


def tampered(lines):
    """Copies of a chain, each with a change that must be found, with or without a stored head."""
    middle = len(lines) // 2
    before, line, after = lines[:middle], lines[middle], lines[middle + 1 :]
    old, new = b'"kind":"', b'"kind":"x'
    return {
        "a word changed": before + [line.replace(old, new, 1)] + after,
        "a word changed and its line hashed again": before + [rehashed(line, old, new)] + after,
        "a member added behind the hash": before + [line.replace(b"}\n", b',"decision":"answered"}\n')] + after,
        "a line taken out": before + after,
        "a line put in twice": before + [line, line] + after,
        "two lines swapped": lines[: middle - 1] + [line, lines[middle - 1]] + after,
        "the last line cut in half": lines[:-1] + [lines[-1][: len(lines[-1]) // 2]],
    }


def refused(chain, kept=None):
    try:
        verify(b"".join(chain), kept)
    except Broken as broken:
        return str(broken)
    return None


def main():
    parser = argparse.ArgumentParser(description="verifies an audit chain")
    parser.add_argument("file")
    parser.add_argument("--head", help="RECORDS:HASH, as it was kept elsewhere")
    parser.add_argument("--tamper", action="store_true", help="also show that changed copies are refused")
    options = parser.parse_args()
    kept = None
    if options.head:
        records, _, digest = options.head.partition(":")
        kept = (int(records), digest)
    with open(options.file, "rb") as file:
        chain = file.read()
    try:
        head, unknown = verify(chain, kept)
    except Broken as broken:
        sys.exit(f"BROKEN: {broken}")
    print(f"{head[0]} records verified, head {head[0]}:{head[1]}, {len(unknown)} effects without an outcome")
    if not options.tamper:
        return
    lines = chain.splitlines(keepends=True)
    if len(lines) < 4:
        sys.exit("the chain is too short to tamper with")
    copies = [(what, refused(copy)) for what, copy in tampered(lines).items()]
    copies.append(("its end cut off, against the head", refused(lines[:-1], head)))
    for what, why in copies:
        print(f"tampered copy: {what}: " + (f"refused ({why})" if why else "NOT REFUSED"))
    if not all(why for _, why in copies):
        sys.exit("a tampered copy passed")
    print(f"{len(copies)} tampered copies refused")


main()
