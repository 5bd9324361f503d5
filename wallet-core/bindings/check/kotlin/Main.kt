import attest.example.Holder
import attest.example.Keys
import attest.example.Scanner
import attest.verifier.Decision
import attest.verifier.DoorFiles
import attest.wallet.CertificateForm
import attest.wallet.MadeKey
import attest.wallet.Wallet
import attest.wallet.WalletException
import attest.wallet.Wish
import attest.wallet.qrPng
import attest.wallet.readPicture
import java.io.File
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.spec.ECGenParameterSpec

/** The guide's examples, run on a JVM: a line for each check, as `ok NAME` or `FAIL NAME: why`. */
fun main(arguments: Array<String>) {
    val (vectors, given) = arguments.map(::File)
    check("kotlin: a scanner follows the ledger and accepts") { scanned(vectors, given) }
    check("kotlin: a holder makes keys, signs and saves") { pickedUp() }
    check("kotlin: a code is drawn and read") {
        require(readPicture(qrPng("HC1:TEXT", CertificateForm.WHOLE, 4u)) == listOf("HC1:TEXT"))
    }
}

/** `given` has the clock and the text of a vector that is accepted with initials. */
private fun scanned(vectors: File, given: File) {
    val (clock, text) = given.readLines()
    val network = vectors.resolve("views/network.toml").readText()
    val view = vectors.resolve("views/current")
    val fetch = { path: String -> view.resolve(path).takeIf(File::exists)?.readBytes() }
    Scanner(DoorFiles(network = network), fetch).use { scanner ->
        require(scanner.examine(text, clock.toLong()).reasons.map { it.code } == listOf("view-missing"))
        scanner.sync(clock.toLong())
        val verdict = scanner.examine(text, clock.toLong())
        require(verdict.decision == Decision.ACCEPT) { verdict.reasons.map { it.code } }
        require(verdict.shown?.initials?.givenName == "E")
        require(verdict.toString() == "Verdict(…)" && verdict.shown.toString() == "Shown(…)")
    }
}

/** As far as the proofs of the keys, which need no issuer. */
private fun pickedUp() {
    val keys = SoftwareKeys()
    var saved = 0
    val answers = mapOf(
        "/.well-known/openid-credential-issuer" to
            """{"credential_issuer":"https://issuer.example","attest_issuer_number":1}""",
        "/token" to """{"access_token":"access","refresh_token":"receipt"}""",
        "/nonce" to """{"c_nonce":"nonce"}""",
    )
    Wallet.empty().use { wallet ->
        val holder = Holder(wallet, keys, { request ->
            require(!request.toString().contains("access"))
            val answer = answers[request.url.removePrefix("https://issuer.example")]
            if (answer == null) 503 to ByteArray(0) else 200 to answer.toByteArray()
        }, { saved++ }, { 1_795_003_200 })
        val offer = """{"credential_issuer":"https://issuer.example","grants":{
            "urn:ietf:params:oauth:grant-type:pre-authorized_code":{"pre-authorized_code":"code"}}}"""
        val pickUp = wallet.takeUp(offer, "123456")
        val refused = runCatching { holder.pickUp(pickUp) }.exceptionOrNull() as WalletException.Refused
        require(refused.code == "issuer-refused") { refused.toString() }
        val wish = pickUp.wish() as Wish.Ask
        require(wish.request.body!!.split("eyJ").size > 8 && saved == 1)
        require(!wish.toString().contains("eyJ") && wallet.keys().size == 4)
        holder.remove(pickUp.holding()!!)
        require(keys.pairs.isEmpty() && saved == 2)
    }
}

/** As Android's key store gives and takes, in memory. */
private class SoftwareKeys : Keys {
    val pairs = mutableMapOf<String, KeyPair>()

    override fun make(): MadeKey {
        val generator = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }
        val handle = "key ${pairs.size}"
        val pair = generator.generateKeyPair().also { pairs[handle] = it }
        return MadeKey(handle.toByteArray(), pair.public.encoded.let { it.copyOfRange(it.size - 65, it.size) })
    }

    override fun sign(key: ByteArray, bytes: ByteArray): ByteArray =
        Signature.getInstance("SHA256withECDSA").run {
            initSign(pairs.getValue(String(key)).private)
            update(bytes)
            sign()
        }

    override fun destroy(key: ByteArray) {
        pairs.remove(String(key))
    }
}

private fun check(name: String, body: () -> Unit) {
    val failure = runCatching(body).exceptionOrNull()
    println(if (failure == null) "ok $name" else "FAIL $name: $failure")
    failure?.printStackTrace()
}
