import Foundation
import Identity

/// SplitMix64: a seeded generator for serial numbers, tokens and mutations.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

enum Fixture {
    static let domain = "lung.example.org"
    static let now = Date(timeIntervalSince1970: 1_800_000_000)
    static let day = Duration.seconds(86_400)

    static func serial(_ seed: UInt64) -> CertificateSerial {
        var generator = SeededGenerator(state: seed)
        return .random(using: &generator)
    }

    static func authority(_ domain: String = domain, days: Int64 = 3650) throws -> CertificateAuthority {
        try .create(studyDomain: domain, validity: .seconds(86_400 * days), now: now, serial: serial(1))
    }

    static func site(
        _ authority: CertificateAuthority, id: String = "north", validity: Duration = day, now: Date = now
    ) throws -> (certificatePEM: String, keyPEM: String) {
        let made = try SigningRequest.make(commonName: id)
        let certificate = try authority.issueSite(
            request: try SigningRequest(pem: made.requestPEM), siteID: id, validity: validity, now: now,
            serial: serial(2))
        return (certificate, made.keyPEM)
    }
}

/// The `openssl` program, run on files of a folder of its own.
struct OpenSSL {
    static let path = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static let isPresent = path != nil

    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "identity-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }

    /// Exit code, and standard output and error together.
    func run(_ arguments: String...) throws -> (code: Int32, output: String) { try run(list: arguments) }

    /// Exit code, and standard output and error together.
    func run(list: [String]) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: Self.path ?? "/usr/bin/openssl")
        process.arguments = list
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
