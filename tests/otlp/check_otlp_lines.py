# SPDX-License-Identifier: Apache-2.0
"""Reads OTLP JSON Lines by the rules of the specification, with Python's own JSON reader, and prints
what each span says: a reader that shares nothing with the writer.

  python3 check_otlp_lines.py FILE

Exits with 1, and says where, for whatever a strict reader would refuse.
"""
import base64
import json
import re
import sys


def unique(pairs):
    keys = [key for key, _ in pairs]
    assert len(set(keys)) == len(keys), f"a key twice: {keys}"
    return dict(pairs)


def take(message, known):
    unknown = set(message) - set(known)
    assert not unknown, f"unknown keys: {unknown}"


def is_digits(text):
    return isinstance(text, str) and re.fullmatch("-?[0-9]+", text) is not None


def value_of(value):
    assert len(value) <= 1, value
    for name, held in value.items():
        if name == "stringValue":
            assert isinstance(held, str)
            return held
        if name == "boolValue":
            assert isinstance(held, bool)
            return held
        if name == "intValue":
            assert is_digits(held) and -(2**63) <= int(held) < 2**63, held
            return int(held)
        if name == "doubleValue":
            assert isinstance(held, (int, float)) or held in ("NaN", "Infinity", "-Infinity"), held
            return float(held)
        if name == "bytesValue":
            return base64.b64decode(held, validate=True).hex()
        if name == "arrayValue":
            take(held, ["values"])
            return [value_of(item) for item in held.get("values", [])]
        assert name == "kvlistValue", name
        take(held, ["values"])
        return [[item["key"], value_of(item["value"])] for item in held.get("values", [])]
    return None


def attributes_of(message):
    pairs = []
    for attribute in message.get("attributes", []):
        take(attribute, ["key", "value"])
        pairs.append((attribute["key"], value_of(attribute["value"])))
    return unique(pairs)


def check_id(text, digits):
    assert re.fullmatch(f"[0-9a-f]{{{digits}}}", text), text
    assert int(text, 16) != 0, "an id of zeros"


def check_span(span):
    take(span, ["traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano",
                "endTimeUnixNano", "attributes", "droppedAttributesCount", "events",
                "droppedEventsCount", "links", "droppedLinksCount", "status"])
    check_id(span["traceId"], 32)
    check_id(span["spanId"], 16)
    if "parentSpanId" in span:
        check_id(span["parentSpanId"], 16)
    assert type(span["kind"]) is int and 1 <= span["kind"] <= 5
    for name in ("startTimeUnixNano", "endTimeUnixNano"):
        assert is_digits(span[name]) and 0 <= int(span[name]) < 2**64
    for event in span.get("events", []):
        take(event, ["timeUnixNano", "name", "attributes"])
        assert is_digits(event["timeUnixNano"])
    for link in span.get("links", []):
        take(link, ["traceId", "spanId", "attributes"])
        check_id(link["traceId"], 32)
        check_id(link["spanId"], 16)
    take(span.get("status", {}), ["code", "message"])


def main():
    with open(sys.argv[1], encoding="utf-8", errors="strict") as file:
        text = file.read()
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        request = json.loads(line, object_pairs_hook=unique)
        take(request, ["resourceSpans"])
        (of_resource,) = request["resourceSpans"]
        take(of_resource, ["resource", "scopeSpans", "schemaUrl"])
        (of_scope,) = of_resource["scopeSpans"]
        take(of_scope, ["scope", "spans", "schemaUrl"])
        resource = attributes_of(of_resource["resource"])
        for span in of_scope["spans"]:
            check_span(span)
            print(resource["service.name"], of_scope["scope"]["name"], span["traceId"],
                  span["spanId"], span["name"], span["kind"], span["startTimeUnixNano"],
                  span["endTimeUnixNano"], span.get("status", {}).get("code", 0),
                  json.dumps(attributes_of(span), sort_keys=True))


main()
