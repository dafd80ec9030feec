import CSandbox
public import Extraction
public import FoundationEssentials
import Glibc
import Imaging
import StudyProtocol

/// What the helper process is asked.
public enum ImageRequest: Codable, Sendable {
    /// The features of a case's regions, with provenance.
    case report(CaseExtraction, CaseSource)
    /// The acquisition attributes of an image.
    case tags(Reading)
    /// The columns of a protocol, given in its canonical form, for a reading.
    case columns(study: Data, Reading)
    /// Voxel counts of two readers' regions.
    case compare(study: Data, Reading, Reading)
    /// What the helper can still do that it must not.
    case probe
}

/// What the helper process answers.
public enum ImageReply: Codable, Sendable {
    /// One report a region.
    case reports([CompactReport])
    /// Keyword to value.
    case tags([String: String])
    /// Values of the columns, nil where a region does not define a feature, and their provenance as JSON.
    case columns([Double?], provenance: String)
    /// What the helper was able to do: `network`, `write`, `program`; empty if the sandbox holds.
    case probe([String])
    /// Region to the four cells of the table of two readers.
    case counts([String: [Int]])
    /// The case cannot be computed: a stable word, and a sentence for the site's own log.
    case failure(code: String, message: String)
}

/// The helper process: gives up network, writing and other programs, then answers requests until its input ends.
public enum ImageWorkerService {
    /// Runs the helper on standard input and output.
    ///
    /// - Throws: `ImageWorkerError.notStarted` if the kernel refuses the restrictions.
    public static func run() throws {
        let fault = csandbox_enter(ImageWorkerLimits.memoryBytes)
        guard fault == 0 else { throw ImageWorkerError.notStarted("the sandbox is refused (error \(fault))") }
        var extractors: [Data: RegionExtractor] = [:]
        while let bytes = try? ImageWorker.receive(from: STDIN_FILENO, seconds: 365 * 86_400) {
            let reply: ImageReply
            do {
                reply = try answer(try CanonicalForm.decode(ImageRequest.self, from: bytes), &extractors)
            } catch let error as ImagingError {
                reply = .failure(code: error.code, message: error.description)
            } catch let failure as CaseFailure {
                reply = .failure(code: failure.code, message: failure.message)
            } catch {
                reply = .failure(code: "not_computable", message: "\(error)")
            }
            try ImageWorker.send(try CanonicalForm.encode(reply), to: STDOUT_FILENO)
        }
    }

    private static func answer(
        _ request: ImageRequest, _ extractors: inout [Data: RegionExtractor]
    ) throws -> ImageReply {
        func extractor(_ study: Data) throws -> RegionExtractor {
            if let known = extractors[study] { return known }
            let made = try RegionExtractor(study: try CanonicalForm.decode(StudyProtocol.self, from: study))
            extractors[study] = made
            return made
        }
        switch request {
        case .report(let extraction, let source):
            return .reports(try extraction.reports(source).map(CompactReport.init))
        case .tags(let reading): return .tags(try RegionExtractor.load(reading).tags)
        case .columns(let study, let reading):
            let found = try extractor(study).extract(reading)
            return .columns(found.values.map { $0.isNaN ? nil : $0 }, provenance: found.provenance)
        case .compare(let study, let first, let second):
            return .counts(try extractor(study).compare(first, second))
        case .probe: return .probe(liberties())
        }
    }

    /// Tries what the sandbox forbids.
    private static func liberties() -> [String] {
        var found: [String] = []
        let network = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if network >= 0 {
            close(network)
            found.append("network")
        }
        let path = FileManager.default.temporaryDirectory.appending(path: "concord-probe-\(getpid())").path
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        if file >= 0 {
            close(file)
            unlink(path)
            found.append("write")
        }
        var process = pid_t()
        let arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
        defer { free(arguments[0]) }
        if posix_spawn(&process, "/bin/true", nil, nil, arguments, nil) == 0 {
            var status: Int32 = 0
            waitpid(process, &status, 0)
            found.append("program")
        }
        return found
    }
}
