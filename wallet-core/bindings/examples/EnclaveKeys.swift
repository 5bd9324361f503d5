import AttestWallet
import CryptoKit
import Foundation
import Security

/// Keys in the Secure Enclave. What is kept in the keychain is a key as the Enclave wraps it, which only this Enclave can use.
struct EnclaveKeys: Keys {
    enum Failure: Error {
        case keychain(OSStatus)
    }

    func make() throws -> MadeKey {
        let key = try SecureEnclave.P256.Signing.PrivateKey()
        let handle = SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) }
        var item = query(handle)
        item[kSecValueData] = key.dataRepresentation
        item[kSecAttrAccessible] = kSecAttrAccessibleWhenUnlockedThisDeviceOnly
        try check(SecItemAdd(item as CFDictionary, nil))
        return MadeKey(handle: handle, public: key.publicKey.x963Representation)
    }

    func sign(key: Data, bytes: Data) throws -> Data {
        var item = query(key)
        item[kSecReturnData] = true
        var found: CFTypeRef?
        try check(SecItemCopyMatching(item as CFDictionary, &found))
        let wrapped = found as? Data ?? Data()
        let signer = try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: wrapped)
        return try signer.signature(for: bytes).rawRepresentation
    }

    func destroy(key: Data) throws {
        try check(SecItemDelete(query(key) as CFDictionary))
    }

    private func query(_ handle: Data) -> [CFString: Any] {
        [
            kSecClass: kSecClassGenericPassword,
            kSecAttrService: "attest-copy",
            kSecAttrAccount: handle.base64EncodedString(),
        ]
    }

    private func check(_ status: OSStatus) throws {
        if status != errSecSuccess { throw Failure.keychain(status) }
    }
}
