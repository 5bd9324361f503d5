package attest.example

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import attest.wallet.MadeKey
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.SecureRandom
import java.security.Signature
import java.security.spec.ECGenParameterSpec

/** Keys in Android's key store: in StrongBox where there is one, else in the trusted execution environment. */
class AndroidKeys : Keys {
    private val store = KeyStore.getInstance("AndroidKeyStore").apply { load(null) }

    override fun make(): MadeKey {
        val handle = ByteArray(16).also(SecureRandom()::nextBytes)
        val pair = try {
            generate(handle, strongBox = true)
        } catch (_: StrongBoxUnavailableException) {
            generate(handle, strongBox = false)
        }
        // The SubjectPublicKeyInfo of a key on P-256 ends with its point, in 65 bytes.
        return MadeKey(handle, pair.public.encoded.let { it.copyOfRange(it.size - 65, it.size) })
    }

    override fun sign(key: ByteArray, bytes: ByteArray): ByteArray =
        Signature.getInstance("SHA256withECDSA").run {
            initSign(store.getKey(alias(key), null) as PrivateKey)
            update(bytes)
            sign()
        }

    override fun destroy(key: ByteArray) = store.deleteEntry(alias(key))

    private fun generate(handle: ByteArray, strongBox: Boolean) =
        KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, "AndroidKeyStore").run {
            val spec = KeyGenParameterSpec.Builder(alias(handle), KeyProperties.PURPOSE_SIGN)
                .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                .setDigests(KeyProperties.DIGEST_SHA256)
                .setIsStrongBoxBacked(strongBox)
                .build()
            initialize(spec)
            generateKeyPair()
        }

    private fun alias(handle: ByteArray) = "copy-" + handle.joinToString("") { byte -> "%02x".format(byte) }
}
