public import Extraction
import FoundationEssentials
import StudyProtocol

/// Extraction of a table of cases by helper processes.
public enum ExtractionRun {
    /// The cases of a manifest, or of a part of it, in the order of case and reader.
    ///
    /// Which part a case belongs to is a function of its name alone: SHA-256 modulo the number of parts.
    public static func sources(manifest path: String, shard: (index: Int, count: Int)) throws -> [CaseSource] {
        let manifest = try ImageManifest(path: path)
        return manifest.readings.sorted { $0.key < $1.key }.filter { caseID, _ in
            let digits = CanonicalForm.sha256(Data(caseID.utf8)).prefix(8)
            return Int(UInt32(digits, radix: 16) ?? 0) % shard.count == shard.index - 1
        }.flatMap { caseID, readings in
            readings.sorted { $0.key < $1.key }.map { reader, reading in
                CaseSource(
                    caseID: caseID, reader: reader, image: reading.image, mask: reading.mask, label: reading.label,
                    name: reading.name, organ: reading.organ, excluded: reading.excluded, phase2: reading.phase2,
                    frame: reading.frame, spacingMM: reading.spacingMM)
            }
        }
    }

    /// What became of a case.
    public typealias Outcome = Result<[CaseReport], CaseFailure>

    /// Extracts all cases, each in a helper process; outcomes are delivered in the order of the cases.
    ///
    /// - Parameters:
    ///   - helpers: helper processes that nobody else uses.
    ///   - deliver: called on the caller's thread.
    public static func run(
        _ sources: [CaseSource], _ extraction: CaseExtraction, helpers: ImageHelpers,
        deliver: (CaseSource, Outcome) throws -> Void
    ) throws {
        let shared = SharedRun(sources: sources, extraction: extraction)
        for _ in 0..<min(helpers.count, sources.count) { shared.startWorker(helpers) }
        for index in sources.indices { try deliver(sources[index], shared.outcome(index)) }
    }
}
