import AttestVerifier
import Foundation

/// A door that follows the ledger from a log, or from any copy of one. `fetch` reads a file below its address, or nil.
final class Scanner {
    private let door: Door
    private let fetch: (String) throws -> Data?

    init(files: DoorFiles, fetch: @escaping (String) throws -> Data?) throws {
        self.door = try Door(files: files)
        self.fetch = fetch
    }

    /// At the start and every few minutes, off the main thread. What is fetched never depends on what was scanned.
    func sync(now: Int64) throws {
        door.startSync(now: now)
        while case let wanted = door.wanted(), !wanted.isEmpty {
            for file in wanted {
                var bytes = try fetch(file.path)
                if bytes == nil, let standIn = file.standIn { bytes = try fetch(standIn) }
                guard let bytes else { throw URLError(.fileDoesNotExist) }
                try door.supply(path: file.path, bytes: bytes)
            }
        }
    }

    /// A frame of AVFoundation in `420YpCbCr8BiPlanarFullRange`: plane 0, with its bytes per row.
    func frame(width: UInt32, height: UInt32, bytesPerRow: UInt32, luma: Data, now: Int64) throws -> Verdict? {
        let texts = try readFrame(width: width, height: height, rowBytes: bytesPerRow, luma: luma)
        return texts.first.map { text in door.examine(text: text, now: now) }
    }
}
