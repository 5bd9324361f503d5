import AttestWallet
import Foundation

/// Keys on P-256 that never leave the place where they are.
protocol Keys {
    func make() throws -> MadeKey
    /// ECDSA with SHA-256, as r and s of 32 bytes each.
    func sign(key: Data, bytes: Data) throws -> Data
    func destroy(key: Data) throws
}

/// What an app does for its wallet: it asks the issuer's service, signs, and saves.
final class Holder {
    private let wallet: Wallet
    private let keys: Keys
    private let ask: (HttpRequest) throws -> (status: UInt16, body: Data)
    private let save: (Data) throws -> Void
    private let now: () -> Int64

    init(
        wallet: Wallet, keys: Keys, ask: @escaping (HttpRequest) throws -> (status: UInt16, body: Data),
        save: @escaping (Data) throws -> Void, now: @escaping () -> Int64
    ) {
        self.wallet = wallet
        self.keys = keys
        self.ask = ask
        self.save = save
        self.now = now
    }

    /// Picks up until there is a copy to show; nil when the ledger has none yet: `wallet.resume` some seconds later.
    func pickUp(_ pickUp: PickUp) throws -> UInt32? {
        var wish = pickUp.wish()
        while true {
            switch wish {
            case let .ask(request):
                let answer = try ask(request)
                wish = try pickUp.response(status: answer.status, body: answer.body, now: now())
            case let .makeKeys(count):
                wish = try pickUp.madeKeys(keys: (0..<count).map { _ in try keys.make() }, now: now())
            case let .sign(requests):
                wish = try pickUp.signatures(signatures: requests.map(sign), now: now())
            case let .save(destroy):
                try save(wallet.encode())
                for key in destroy { try keys.destroy(key: key) }
                wish = try pickUp.saved(now: now())
            case .wait:
                return nil
            case .done:
                return pickUp.holding()
            }
        }
    }

    /// Begins a showing. The copy is noted as spent before anything is on the screen.
    func show(number: UInt32, disclose: Disclose, challenge: String?) throws -> Showing {
        let showing = try wallet.show(
            number: number, disclose: disclose, challenge: challenge, consent: .freshOnly, now: now())
        try save(wallet.encode())
        return showing
    }

    /// What goes on the screen: now, and again at `nextAt` of what it gave before.
    func present(_ showing: Showing) throws -> Presentation {
        let renewal = try showing.renew(now: now())
        return try renewal.answer(signatureBytes: sign(renewal.request()))
    }

    /// Deletes, for good.
    func remove(number: UInt32) throws {
        let orphans = try wallet.remove(number: number)
        try save(wallet.encode())
        for key in orphans { try keys.destroy(key: key) }
    }

    private func sign(_ request: SigningRequest) throws -> Data {
        try keys.sign(key: request.key, bytes: request.bytes)
    }
}
