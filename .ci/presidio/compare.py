"""Compares presidio's pattern recognizers with those of this crate on labelled texts.

`compare.py TEXTS OURS`: the texts as JSON lines, and the output of `entities-eval --json`. Each
recognizer runs alone, without a language model, so no nearby word raises a score. A result counts
from a score of 0.4 on, unless its validation failed. The table also shows presidio's default, 0.
"""

import json
import sys
import time

import tldextract

# Uses the bundled suffix list, without network access.
tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())

from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
    UsSsnRecognizer,
)

RECOGNISERS = {
    "EMAIL_ADDRESS": EmailRecognizer(),
    "PHONE_NUMBER": PhoneRecognizer(),
    "CREDIT_CARD": CreditCardRecognizer(),
    "IBAN_CODE": IbanRecognizer(),
    "US_SSN": UsSsnRecognizer(),
    "IP_ADDRESS": IpRecognizer(),
}


def analyse(rows):
    start = time.perf_counter()
    found = [
        [
            (label, hit.start, hit.end, hit.score)
            for label, recogniser in RECOGNISERS.items()
            for hit in recogniser.analyze(row["text"], [label], None) or []
        ]
        for row in rows
    ]
    return found, time.perf_counter() - start


def figures(rows, found, label, least):
    labelled = recalled = hits = right = 0
    for row, entities in zip(rows, found):
        spans = [(start, end) for of, start, end, _ in row["label"] if of == label]
        ours = [(start, end) for of, start, end, score in entities if of == label and score >= least]
        labelled += len(spans)
        recalled += sum(any(s <= start and end <= e for s, e in ours) for start, end in spans)
        hits += len(ours)
        right += sum(any(s < end and start < e for start, end in spans) for s, e in ours)
    return labelled, recalled, hits, right


def percent(of, of_all):
    return f"{100 * of / of_all:.1f} %" if of_all else "-"


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    with open(sys.argv[2], encoding="utf-8") as file:
        ours = json.load(file)
    found, seconds = min((analyse(rows) for _ in range(3)), key=lambda round: round[1])
    size = sum(len(row["text"].encode()) for row in rows)
    print(f"{'':<16} {'':>9} | {'ours':^19} | {'presidio, 0.4':^19} | {'presidio, any score':^19}")
    print(f"{'kind':<16} {'labelled':>9} |" + f" {'precision':>9} {'recall':>9} |" * 2 + f" {'precision':>9} {'recall':>9}")
    for of in ours["kinds"]:
        label = of["label"]
        cells = [f"{percent(of['right'], of['found']):>9} {percent(of['recalled'], of['labelled']):>9}"]
        for least in (0.4, 0.0):
            labelled, recalled, hits, right = figures(rows, found, label, least)
            assert labelled == of["labelled"], "the two have read the same texts"
            cells.append(f"{percent(right, hits):>9} {percent(recalled, labelled):>9}")
        print(f"{label:<16} {of['labelled']:>9} | " + " | ".join(cells))
    theirs = seconds * 1e6 * 65_536 / size
    mine = ours["microseconds_per_64_kib"]
    print(f"64 KiB of these texts: ours {mine:.0f} µs, presidio {theirs:.0f} µs: ×{theirs / mine:.0f}")


main()
