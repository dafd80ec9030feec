import Disclosure
import Federation
public import FoundationEssentials
public import StudyCore
public import StudyProtocol

/// A whole study in one process: the real coordinator core and the real site computers, without a network.
public struct LocalRun {
    /// The study's results.
    public let results: StudyResults
    /// Frozen results by name.
    public let artefacts: [String: Data]
    /// Payload that one site sent in each round, in bytes: 16 for each number.
    public let roundBytes: [Int]
    /// Payload that one site sent, in bytes.
    public var payloadBytesPerSite: Int { roundBytes.reduce(0, +) }
    /// Computation of each round.
    public let computations: [String]
    /// Chain over all rounds.
    public let transcriptSHA256: String

    /// Runs a protocol over sites.
    ///
    /// - Parameters:
    ///   - study: the protocol.
    ///   - sources: the data of each site of the protocol.
    ///   - policies: policies of sites that are stricter than the protocol's floors, or consent to less.
    ///   - progress: called before each round with its number and computation.
    /// - Throws: the reason for which the run failed.
    public init(
        study: StudyProtocol, sources: [String: any SiteDataSource], policies: [String: ReleasePolicy] = [:],
        progress: (Int, String) -> Void = { _, _ in }
    ) throws {
        let hash = try study.hash()
        var core = CoordinatorCore(record: RunRecord(run: "local", protocolHash: hash), study: study)
        let policy = ReleasePolicy(
            floors: study.disclosure, consented: Set(ReleaseClass.allCases))
        var sites: [String: SiteComputer] = [:]
        for (site, source) in sources {
            sites[site] = SiteComputer(site: site, study: study, policy: policies[site] ?? policy, source: source)
        }
        var frozen: [String: Data] = [ArtefactName.studyProtocol: try study.canonicalForm()]
        // A task names what it builds on by hash, which need not be the newest of its name.
        var stored = [hash: try study.canonicalForm()]
        var finished: StudyResults?
        var computations: [String] = []
        var roundBytes: [Int] = []
        func absorb(_ effects: [CoordinatorCore.Effect]) throws -> Bool {
            var mustFold = false
            for effect in effects {
                switch effect {
                case .freeze(let name, let bytes, let sha256):
                    frozen[name] = bytes
                    stored[sha256] = bytes
                case .finish(let results): finished = results
                case .fail(let reason): throw LocalRunError.failed(reason)
                case .reply(.fault(let fault)): throw LocalRunError.failed(fault.message)
                case .fold: mustFold = true
                case .close(_, let sum, _, _): roundBytes.append(sum.payloadBytes)
                case .store, .open, .storeRefusal, .reply: break
                }
            }
            return mustFold
        }
        _ = try absorb(core.step(.begin, now: 0))
        while let open = core.record.open {
            computations.append(open.task.computation)
            progress(open.task.round, open.task.computation)
            let artefacts = open.task.artefacts.compactMapValues { stored[$0] }
            var answers: [String: Answer] = [:]
            for site in open.participants {
                guard var computer = sites[site] else { throw LocalRunError.missingSite(site) }
                let answer = try computer.answer(open.task, artefacts: artefacts)
                sites[site] = computer
                answers[site] = answer
                let event = CoordinatorCore.Event.answer(
                    site: site, round: open.task.round, bodySHA256: site, stored: nil, answer: answer)
                if try absorb(core.step(event, now: 0)) { _ = try absorb(core.step(.fold(answers), now: 0)) }
            }
        }
        guard let finished else { throw LocalRunError.failed("the run ended without results") }
        results = finished
        artefacts = frozen
        self.roundBytes = roundBytes
        self.computations = computations
        transcriptSHA256 = core.record.transcriptSHA256
    }
}

/// Why a local run has no results.
public enum LocalRunError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The core ended the run.
    case failed(String)
    /// There are no data of a site that the protocol names.
    case missingSite(String)

    /// One sentence.
    public var description: String {
        switch self {
        case .failed(let reason): reason
        case .missingSite(let site): "the table has no row of site '\(site)', which the protocol names"
        }
    }
}
