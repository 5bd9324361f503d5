"""Verifies the cases with two independent COSE implementations. Usage: verify.py CASES.json"""

import base64
import json
import sys
import zlib

import base45
import cwt
from cryptography import x509
from pycose.keys import EC2Key
from pycose.keys.curves import P256
from pycose.messages import CoseMessage


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file)
    verifiers = {"cwt": with_cwt(data["signer"]), "pycose": with_pycose(data["signer"])}
    for verifier, verify in verifiers.items():
        for case in data["cases"]:
            holds, why = verify(unpacked(case["text"]))
            outcome = "ok  " if holds == case["holds"] else "FAIL"
            print(f"{outcome} {verifier}: {case['name']}" + (f" ({why})" if outcome == "FAIL" else ""))


def unpacked(text: str) -> bytes:
    return zlib.decompress(base45.b45decode(text.removeprefix("HC1:")))


def with_cwt(signer: str):
    """Chooses the key by `kid`, looks at the clock, and gives the claims."""
    key = cwt.load_pem_hcert_dsc(f"-----BEGIN CERTIFICATE-----\n{signer}\n-----END CERTIFICATE-----\n")

    def verify(structure: bytes):
        try:
            claims = cwt.decode(structure, keys=[key])
        except cwt.VerifyError as error:
            return False, error
        complete = {1, 4, 6, 7, -260, -65537} == set(claims)
        return complete, f"claims {sorted(claims)}"

    return verify


def with_pycose(signer: str):
    """Checks the signature alone."""
    certificate = x509.load_der_x509_certificate(base64.b64decode(signer))
    point = certificate.public_key().public_numbers()
    key = EC2Key(crv=P256, x=point.x.to_bytes(32, "big"), y=point.y.to_bytes(32, "big"))

    def verify(structure: bytes):
        message = CoseMessage.decode(structure)
        message.key = key
        return message.verify_signature(), "signature"

    return verify


if __name__ == "__main__":
    main()
