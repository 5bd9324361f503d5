package attest.example

import attest.wallet.Consent
import attest.wallet.Disclose
import attest.wallet.HttpRequest
import attest.wallet.MadeKey
import attest.wallet.PickUp
import attest.wallet.Presentation
import attest.wallet.Showing
import attest.wallet.SigningRequest
import attest.wallet.Wallet
import attest.wallet.Wish
import attest.wallet.rawSignature

/** Keys on P-256 that never leave the place where they are. */
interface Keys {
    fun make(): MadeKey
    /** ECDSA with SHA-256, in DER. */
    fun sign(key: ByteArray, bytes: ByteArray): ByteArray
    fun destroy(key: ByteArray)
}

/** What an app does for its wallet: it asks the issuer's service, signs, and saves. */
class Holder(
    private val wallet: Wallet,
    private val keys: Keys,
    private val ask: (HttpRequest) -> Pair<Int, ByteArray>,
    private val save: (vault: ByteArray) -> Unit,
    private val now: () -> Long,
) {
    /** Picks up until there is a copy to show; null when the ledger has none yet: `wallet.resume` some seconds later. */
    fun pickUp(pickUp: PickUp): UInt? {
        var wish = pickUp.wish()
        while (true) {
            wish = when (wish) {
                is Wish.Ask -> {
                    val (status, body) = ask(wish.request)
                    pickUp.response(status.toUShort(), body, now())
                }
                is Wish.MakeKeys -> pickUp.madeKeys(List(wish.count.toInt()) { keys.make() }, now())
                is Wish.Sign -> pickUp.signatures(wish.requests.map(::sign), now())
                is Wish.Save -> {
                    save(wallet.encode())
                    wish.destroy.forEach(keys::destroy)
                    pickUp.saved(now())
                }
                Wish.Wait -> return null
                Wish.Done -> return pickUp.holding()
            }
        }
    }

    /** Begins a showing. The copy is noted as spent before anything is on the screen. */
    fun show(number: UInt, disclose: Disclose, challenge: String?): Showing {
        val showing = wallet.show(number, disclose, challenge, Consent.FRESH_ONLY, now())
        save(wallet.encode())
        return showing
    }

    /** What goes on the screen: now, and again at `nextAt` of what it gave before. */
    fun present(showing: Showing): Presentation =
        showing.renew(now()).use { renewal -> renewal.answer(sign(renewal.request())) }

    /** Deletes, for good. */
    fun remove(number: UInt) {
        val orphans = wallet.remove(number)
        save(wallet.encode())
        orphans.forEach(keys::destroy)
    }

    private fun sign(request: SigningRequest): ByteArray = rawSignature(keys.sign(request.key, request.bytes))
}
