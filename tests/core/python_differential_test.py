# SPDX-License-Identifier: Apache-2.0
"""Holds what tracebus wrote and read against Python's json, fractions and datetime.

Each line of the file given is: kind, what tracebus made, what it was made from; divided by tabs.
Prints the lines that disagree, then how many were compared.
"""
import base64
import datetime
import fractions
import json
import struct
import sys

BILLION = 10**9


def text(digits):
    return bytes.fromhex(digits).decode("utf-8", "replace")


def real(bits):
    value = struct.unpack(">d", bytes.fromhex(bits))[0]
    return value if abs(value) < float("inf") else None


def raw(digits):
    return base64.b64encode(bytes.fromhex(digits)).decode()


def members(*pairs):
    return ("object", list(pairs))


def seconds_of(number):
    """The time of a number as written: nanoseconds are cut off towards zero."""
    exact = fractions.Fraction(number)
    nanoseconds = int(abs(exact) * BILLION) * (-1 if exact < 0 else 1)
    seconds, rest = divmod(nanoseconds, BILLION)
    return f"{seconds} {rest}" if -(2**63) <= seconds < 2**63 else "none"


def check_json(made, source):
    seen = json.loads(made, object_pairs_hook=lambda pairs: members(*pairs))
    wanted = eval(source, {"text": text, "real": real, "raw": raw, "members": members})
    # Not by equality: 1 is not 1.0, nor True, and -0.0 is not 0.0.
    return repr(seen) == repr(wanted), wanted


def check_double(made, source):
    wanted = real(source)
    if wanted is None:
        return made == "null", wanted
    seen = json.loads(made)
    same = isinstance(seen, float) and struct.pack(">d", seen).hex() == source
    # Python's text is the shortest too, but takes other turns between the forms with and without
    # an exponent; and large whole numbers have all their digits here.
    short = made == repr(wanted) or len(made) < len(repr(wanted)) or abs(wanted) >= 2**53
    return same and short, wanted


def check_seconds(made, source):
    wanted = seconds_of(source)
    return made == wanted, wanted


def check_from_seconds(made, source):
    wanted = seconds_of(repr(real(source)))
    return made == wanted, wanted


def check_iso(made, source):
    seconds, nanoseconds = map(int, source.split())
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    wanted = f"{moment.isoformat()}.{nanoseconds:09d}Z"
    return made == wanted, wanted


CHECKS = {
    "json": check_json,
    "double": check_double,
    "seconds": check_seconds,
    "from_seconds": check_from_seconds,
    "iso": check_iso,
}


def main():
    compared = wrong = 0
    with open(sys.argv[1], encoding="utf-8", newline="\n") as lines:
        for line in lines:
            kind, made, source = line.rstrip("\n").split("\t")
            same, wanted = CHECKS[kind](made, source)
            compared += 1
            wrong += not same
            if not same and wrong <= 10:
                print(f"{kind}: made {made!r} from {source!r}, Python says {wanted!r}")
    print(f"compared {compared} wrong {wrong}")


if __name__ == "__main__":
    main()
