"""Our own test vectors, and doors that are set up as they say."""

import base64
import json
from pathlib import Path

import verifier_bindings as verifier

ROOT = Path(__file__).resolve().parents[4] / "test-vectors"


def bits(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def vector(path):
    return json.loads((ROOT / path).read_bytes())


def network():
    return (ROOT / "views/network.toml").read_text()


def door(case):
    """A door as a vector describes it, which has followed its view of the ledger."""
    policy = json.dumps(case["policy"]) if "policy" in case else None
    of = lambda name: [(ROOT / case[name]).read_bytes()] if name in case else []
    files = verifier.DoorFiles(
        network=network() if "view" in case else None, policy=policy, trust=of("trust"), rules=of("rules")
    )
    made = verifier.Door(files)
    if "view" in case:
        follow(made, ROOT / case["view"], case["clock"])
    if "challenge" in case:
        asked = case["challenge"]
        made.challenge(bits(asked["door"]), bits(asked["nonce"]), verifier.Disclosure.RESULT)
    return made


def follow(made, folder, now):
    """What an app does with its HTTP client; a file that is missing could not be fetched."""
    made.start_sync(now)
    unavailable = set()
    while wanted := [file for file in made.wanted() if file.path not in unavailable]:
        for file in wanted:
            paths = [folder / path for path in (file.path, file.stand_in) if path]
            found = next((path for path in paths if path.exists()), None)
            if found is None:
                unavailable.add(file.path)
                continue
            made.supply(file.path, found.read_bytes())
