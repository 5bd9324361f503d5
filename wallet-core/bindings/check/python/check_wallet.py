"""The wallet's binding, called as an app would: picked up, shown, and accepted by a door through the verifier's."""

import base64
import json

import verifier_bindings as verifier
import wallet_bindings as wallet
from key_store import KeyStore, decompressed
from vectors import bits, door, vector

HELD = vector("copies/pcr.json")
NOW = HELD["clock"]
SERVICE = "https://issuer.example"
OFFER = json.dumps(
    {
        "credential_issuer": SERVICE,
        "credential_configuration_ids": ["attest-sd-cwt"],
        "grants": {"urn:ietf:params:oauth:grant-type:pre-authorized_code": {"pre-authorized_code": "code"}},
    }
)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Phone:
    """An app: a key store, a place for the vault, and a way to the issuer's service."""

    def __init__(self):
        self.keys = KeyStore()
        self.saved = None
        self.asked = []
        self.wallet = wallet.Wallet.empty()

    def pick_up(self, steps):
        """Carries out every wish."""
        wish = steps.wish()
        while not wish.is_done():
            if wish.is_ask():
                wish = steps.response(200, self.answer(wish.request), NOW)
            elif wish.is_make_keys():
                # The first key is the one that the vector's copy is bound to.
                scalars = [int.from_bytes(bits(HELD["holder_key"]), "big")] + [None] * (wish.count - 1)
                made = [self.keys.make(scalar) for scalar in scalars]
                wish = steps.made_keys([wallet.MadeKey(handle=handle, public=public) for handle, public in made], NOW)
            elif wish.is_sign():
                wish = steps.signatures([self.sign(request) for request in wish.requests], NOW)
            elif wish.is_save():
                self.save()
                for handle in wish.destroy:
                    self.keys.destroy(handle)
                wish = steps.saved(NOW)
            else:
                raise AssertionError(str(wish))
        return steps.holding()

    def save(self):
        self.saved = self.wallet.encode()

    def sign(self, request):
        return wallet.raw_signature(self.keys.sign(request.key, request.bytes))

    def answer(self, request):
        """What the issuer's service answers."""
        path = request.url.removeprefix(SERVICE)
        self.asked.append(path)
        x, y = decompressed(bits(HELD["issuer_key"]))
        key = {"kty": "EC", "crv": "P-256", "x": b64(x.to_bytes(32, "big")), "y": b64(y.to_bytes(32, "big"))}
        answers = {
            "/.well-known/openid-credential-issuer": {
                "credential_issuer": SERVICE,
                "attest_issuer_number": HELD["issuer"],
            },
            "/.well-known/jwks.json": {"keys": [key]},
            "/token": {"access_token": "access", "refresh_token": "receipt"},
            "/nonce": {"c_nonce": "nonce"},
            "/credential": {"credentials": [{"credential": HELD["credential"]}], "notification_id": "n"},
            "/notification": None,
        }
        if path == "/credential":
            proofs = json.loads(request.body)["proofs"]["jwt"]
            assert request.token == "access" and len(proofs) == 4
        answer = answers[path]
        if path == "/token" and "attest_moves=true" in request.body:
            answer = {"access_token": "access", "refresh_token": "moved", "attest_moves": True}
        return b"" if answer is None else json.dumps(answer).encode()


def picked_up():
    phone = Phone()
    number = phone.pick_up(phone.wallet.take_up(OFFER, "123456"))
    return phone, number


def show(phone, number, disclose=wallet.Disclose.INITIALS, challenge=None, consent=wallet.Consent.FRESH_ONLY):
    showing = phone.wallet.show(number, disclose, challenge, consent, NOW)
    phone.save()
    renewal = showing.renew(NOW)
    return showing, renewal.answer(phone.sign(renewal.request()))


def code(call, *arguments):
    try:
        call(*arguments)
    except wallet.WalletError.Refused as refused:
        return refused.code
    raise AssertionError("not refused")


def check_picked_up_shown_and_accepted():
    phone, number = picked_up()
    assert phone.asked[:2] == ["/.well-known/openid-credential-issuer", "/token"]
    assert phone.asked[2:5] == ["/nonce", "/credential", "/.well-known/jwks.json"]
    (holding,) = phone.wallet.list(NOW)
    assert (holding.person.given, holding.person.family) == ("Erika", "Mustermann")
    assert holding.result.outcome == wallet.TestOutcome.NOT_DETECTED
    assert (holding.left, holding.is_ready) == (1, True)

    showing, presentation = show(phone, number)
    assert presentation.next_at == NOW + 30
    made = door({"view": "views/current", "clock": NOW})
    verdict = made.examine(presentation.text, NOW + 1)
    assert verdict.decision == verifier.Decision.ACCEPT, [said.code for said in verdict.reasons]
    assert verdict.shown.initials.given_name == "E" and verdict.shown.person is None
    assert [said.code for said in made.examine(presentation.text, NOW + 2).reasons] == ["token-seen"]

    # The renewal signs the same copy again; a screenshot of the first is old by then.
    renewal = showing.renew(NOW + 120)
    renewed = renewal.answer(phone.sign(renewal.request()))
    assert made.examine(renewed.text, NOW + 120).decision == verifier.Decision.ACCEPT
    assert [said.code for said in made.examine(presentation.text, NOW + 121).reasons] == ["kbt-stale"]


def check_a_copy_is_spent_once():
    phone, number = picked_up()
    show(phone, number)
    again = wallet.Wallet.open(phone.saved)
    fresh = (number, wallet.Disclose.RESULT, None, wallet.Consent.FRESH_ONLY, NOW)
    assert code(again.show, *fresh) == "no-fresh-copy"
    again.show(number, wallet.Disclose.RESULT, None, wallet.Consent.TO_REUSE, NOW)


def check_a_challenge_is_answered():
    phone, number = picked_up()
    made = door({"view": "views/current", "clock": NOW})
    challenge = made.challenge(bytes(32), bytes(range(16)), verifier.Disclosure.PERSON)
    recognised = wallet.recognise(challenge)
    assert recognised.is_challenge() and recognised.disclose == wallet.Disclose.NAME
    _, presentation = show(phone, number, recognised.disclose, challenge)
    verdict = made.examine(presentation.text, NOW)
    assert verdict.decision == verifier.Decision.ACCEPT, [said.code for said in verdict.reasons]
    assert "Mustermann" in verdict.shown.person.name
    other = door({"view": "views/current", "clock": NOW})
    assert [said.code for said in other.examine(presentation.text, NOW).reasons] == ["kbt-nonce"]
    other.challenge(bytes([1] * 32), bytes(range(16)), verifier.Disclosure.PERSON)
    assert [said.code for said in other.examine(presentation.text, NOW).reasons] == ["kbt-audience"]


def check_a_key_that_is_not_the_copys_shows_nothing():
    phone, number = picked_up()
    renewal = phone.wallet.show(number, wallet.Disclose.RESULT, None, wallet.Consent.FRESH_ONLY, NOW).renew(NOW)
    handle, _ = phone.keys.make()
    forged = renewal.answer(wallet.raw_signature(phone.keys.sign(handle, renewal.request().bytes)))
    made = door({"view": "views/current", "clock": NOW})
    assert [said.code for said in made.examine(forged.text, NOW).reasons] == ["kbt-signature-invalid"]


def check_the_receipt_restores_on_another_phone():
    phone, _ = picked_up()
    paper = vector("door/accept-paper.json")["text"]
    phone.wallet.import_text(paper, NOW)
    other = Phone()
    restored = other.wallet.restore(phone.wallet.export())
    assert (restored.certificates, restored.receipts) == (1, 1)
    number = next(holding.number for holding in other.wallet.list(NOW) if holding.service)
    assert other.wallet.list(NOW)[0].left == 0 and other.wallet.keys() == []
    steps = other.wallet.resume(number)
    other.pick_up(steps)
    assert steps.is_moved() and next(holding for holding in other.wallet.list(NOW) if holding.service).left == 1
    assert not other.wallet.resume(number).is_moved()


def check_a_result_that_moved_away_is_shown_no_more():
    phone, number = picked_up()
    steps = phone.wallet.resume(number)
    wish = steps.response(400, b'{"error_description":"elsewhere (issuer-receipt-moved)"}', NOW)
    assert wish.is_save() and len(wish.destroy) == len(phone.keys) == 4
    assert code(steps.saved, NOW) == "issuer-receipt-moved"
    (holding,) = phone.wallet.list(NOW)
    assert holding.is_moved_away and not holding.is_ready and holding.result is not None
    again = (number, wallet.Disclose.RESULT, None, wallet.Consent.TO_REUSE, NOW)
    assert code(phone.wallet.show, *again) == code(phone.wallet.resume, number) == "issuer-receipt-moved"


def check_delete_gives_the_keys_to_destroy():
    phone, number = picked_up()
    assert len(phone.wallet.keys()) == len(phone.keys) == 4
    for handle in phone.wallet.remove(number):
        phone.keys.destroy(handle)
    assert len(phone.keys) == 0 and phone.wallet.list(NOW) == []
    assert code(phone.wallet.remove, number) == "not-held"


def check_a_certificate_from_a_picture_is_drawn_again():
    text = vector("door/accept-paper.json")["text"]
    png = wallet.qr_png(text, wallet.CertificateForm.WHOLE, 4)
    (read,) = wallet.read_picture(png)
    assert read == text and wallet.recognise(read).is_certificate()
    opened = wallet.Wallet.empty()
    number = opened.import_text(read, NOW)
    (holding,) = opened.list(NOW)
    assert holding.certificate.kind == wallet.EntryKind.TEST and holding.person.family == "Mustermann"
    assert opened.certificate_text(number, wallet.CertificateForm.WHOLE) == text
    travel = opened.certificate_text(number, wallet.CertificateForm.TRAVEL)
    assert len(travel) < len(text)
    assert wallet.qr_svg(travel, wallet.CertificateForm.TRAVEL).startswith("<svg")
    assert code(opened.import_text, text, NOW) == "import-already-held"


def check_refusals_have_codes():
    opened = wallet.Wallet.empty()
    assert code(wallet.Wallet.open, b"nothing") in ("vault-malformed", "cbor-malformed")
    assert code(opened.import_text, "AT1:X", NOW) == "import-is-a-presentation"
    assert code(opened.take_up, OFFER.replace("https", "http"), "1") == "offer-not-https"
    assert code(wallet.recognise, "https://example.com") == "offer-malformed"
    assert code(wallet.raw_signature, bytes(70)) == "signing-failed"
    steps = opened.take_up(OFFER, "1")
    assert code(steps.saved, NOW) == "pick-up-out-of-turn"
    assert code(steps.response, 400, b'{"error_description":"no (issuer-tx-code-wrong)"}', NOW) == "issuer-tx-code-wrong"
    assert steps.wish().is_ask()


def check_no_text_form_tells_of_the_person():
    phone, number = picked_up()
    phone.wallet.import_text(vector("door/accept-paper.json")["text"], NOW)
    showing, presentation = show(phone, number)
    renewal = showing.renew(NOW)
    steps = phone.wallet.resume(number)
    things = [phone.wallet, showing, presentation, renewal, renewal.request(), steps]
    for holding in phone.wallet.list(NOW):
        things += [holding, holding.person, holding.initials, holding.result, holding.certificate]
    for thing in filter(None, things):
        for text in (str(thing), repr(thing)):
            assert "(…)" in text, text
            assert not any(part in text for part in ("Erika", "Mustermann", "1964", "AT1:", "etected")), text
    assert "receipt" not in str(steps.wish()) and "receipt" not in repr(steps.wish())
