"""The verifier's binding, called as an app would: every vector of the door gives what it states."""

import verifier_bindings as verifier
from vectors import ROOT, door, vector

NAMES = ("Erika", "Mustermann", "1964")


def check_every_door_vector():
    met = left_out = 0
    for path in sorted((ROOT / "door").glob("*.json")):
        case = vector(path)
        # A memory that is full of others' tokens cannot be made from outside.
        if "others_seen" in case:
            left_out += 1
            continue
        made = door(case)
        for seen in case.get("already_seen", []):
            earlier = made.examine(seen["text"], seen["clock"])
            assert earlier.decision == verifier.Decision.ACCEPT, path.name
        verdict = made.examine(case["text"], case["clock"])
        expect = case["expect"]
        assert verdict.decision.name.lower() == expect["verdict"], (path.name, verdict.decision)
        assert [said.code for said in verdict.reasons] == expect.get("codes", []), path.name
        assert verdict.basis == expect.get("basis"), path.name
        done = {line.check: line.code or "passed" for line in verdict.checks if line.outcome.name != "NOT_DONE"}
        assert done == expect["checks"], (path.name, done)
        met += 1
    print(f"vectors through the phones' binding: {met} of {met + left_out}")
    assert met > 150


def check_what_was_disclosed_is_shown():
    case = vector("door/accept-initials.json")
    shown = door(case).examine(case["text"], case["clock"]).shown
    assert (shown.initials.given_name, shown.initials.family_name) == ("E", "M")
    assert (shown.initials.birth_month, shown.initials.birth_day) == (8, 12)
    assert shown.person is None and shown.test == verifier.TestKind.NAAT


def check_no_text_form_tells_of_the_person():
    for name in ("accept-person", "result-detected"):
        case = vector(f"door/{name}.json")
        verdict = door(case).examine(case["text"], case["clock"])
        things = [verdict, verdict.shown, *verdict.reasons, *verdict.checks]
        if verdict.shown and verdict.shown.person:
            things.append(verdict.shown.person)
        for thing in things:
            for text in (str(thing), repr(thing)):
                assert "(…)" in text and "detected" not in text, text
                assert not any(part in text for part in NAMES), text


def check_refusals_have_codes():
    def code(call, *arguments, **named):
        try:
            call(*arguments, **named)
        except verifier.DoorError.Refused as refused:
            return refused.code
        raise AssertionError("not refused")

    files = lambda **given: verifier.Door(verifier.DoorFiles(**given))
    assert code(files, network="{}") == "network-malformed"
    assert code(files, policy='{"quorum": 0}') == "policy-malformed"
    assert code(files, trust=[b"{"]) == "trust-list-malformed"
    assert code(files, rules=[b"{}"]) == "rules-malformed"
    assert code(verifier.read_picture, b"GIF89a") == "picture-malformed"
    assert code(verifier.read_frame, 4, 4, 4, bytes(15)) == "picture-malformed"
    assert code(files().challenge, b"", b"", verifier.Disclosure.RESULT) == "challenge-malformed"
    case = vector("door/accept-initials.json") | {"view": "views/current"}
    made = door(case)
    made.start_sync(case["clock"])
    assert code(made.supply, "checkpoint", b"nothing") == "note-malformed"
    assert made.as_of() is not None


def check_a_refused_sync_can_begin_anew():
    case = vector("door/accept-initials.json")
    made = door(case)
    assert made.wanted() == []
    made.start_sync(case["clock"])
    assert [file.path for file in made.wanted()] == ["checkpoint"]
    made.supply("something/else", b"")
    made.supply("checkpoint", (ROOT / "views/current/checkpoint").read_bytes())
    assert made.wanted() == []
