import Disclosure
import FoundationEssentials
import Identity
public import Logging
import StudyCore
import StudyProtocol
import Wire

/// The agent's process: carries out what `AgentCore` decides.
public struct AgentLoop {
    let configuration: SiteConfiguration
    let store: SiteStore
    let credentials: SiteCredentials
    let logger: Logger
    var client: CoordinatorClient
    var computers: [String: SiteComputer] = [:]
    var core = AgentCore()

    /// Opens the store and the connection of an enrolled site.
    ///
    /// - Throws: `AgentError.notEnrolled`, or what is wrong with the store.
    public init(configuration: SiteConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        credentials = SiteCredentials(store: configuration.store)
        guard credentials.exist else {
            throw AgentError.notEnrolled(URL(filePath: configuration.store).lastPathComponent)
        }
        store = try SiteStore(path: URL(filePath: configuration.store).appending(path: "agent.sqlite").path)
        client = try CoordinatorClient(configuration: configuration, credentials: credentials)
    }

    /// Works until the task is cancelled.
    ///
    /// - Parameter isIdle: called with `true` when a poll found no work; returning `true` ends the loop.
    public mutating func run(until isIdle: @Sendable () -> Bool = { false }) async throws {
        var effects = core.step(.start(unacknowledged: try store.unacknowledged()))
        while !Task.isCancelled {
            guard !effects.isEmpty else { return }
            switch effects.removeFirst() {
            case .poll(let seconds):
                effects += core.step(await poll(waitSeconds: seconds))
                if case .polling = core.phase, isIdle() { return }
            case .compute(let task):
                effects += core.step(await compute(task))
            case .journal(let submission):
                let kept = try store.journal(submission, rule: "policy.protocols", at: Date())
                logger.info(
                    "journalled",
                    metadata: [
                        "run": "\(kept.run)", "round": "\(kept.round)", "computation": "\(kept.computation)",
                        "bytes": "\(kept.body.count)",
                    ])
                effects += core.step(.journalled)
            case .send(let submission):
                effects += core.step(await send(submission))
            case .acknowledge(let submission, let receipt):
                try store.acknowledge(submission, receipt: receipt)
            case .discard(let submission, let fault):
                logger.warning(
                    "answer not counted",
                    metadata: ["round": "\(submission.round)", "reason": "\(fault.message)"])
                try store.discard(submission, fault: fault)
            case .refuse(let task, let rule, let message):
                logger.error("refused", metadata: ["rule": "\(rule.rawValue)", "reason": "\(message)"])
                effects += core.step(await refuse(task, rule: rule, message: message))
            case .rest(let milliseconds):
                try await Task.sleep(for: .milliseconds(milliseconds))
                effects += core.step(.rested)
            }
        }
    }

    private mutating func poll(waitSeconds: Int) async -> AgentCore.Event {
        do {
            try await renewIfDue()
            return .polled(try await client.work(waitSeconds: waitSeconds))
        } catch {
            logger.warning("coordinator not reached", metadata: ["reason": "\(Self.reason(error))"])
            return .unreachable
        }
    }

    private static func reason(_ error: any Error) -> String {
        (error as? CoordinatorClient.Unreachable)?.reason ?? "\(error)"
    }

    /// A new certificate at two thirds of the old one's life, with the same key.
    private mutating func renewIfDue() async throws {
        let identity = try PeerIdentity(pem: try credentials.text(credentials.certificateFile))
        guard case .due = identity.renewal(now: Date()) else { return }
        let key = try credentials.text(credentials.keyFile)
        let request = try SigningRequest.make(commonName: configuration.site, keyPEM: key)
        let issued = try await client.renew(signingRequest: request)
        try credentials.write(key: nil, certificate: issued.certificate, authority: issued.authority)
        client = try CoordinatorClient(configuration: configuration, credentials: credentials)
        logger.notice("certificate renewed")
    }

    private mutating func compute(_ task: StudyTask) async -> AgentCore.Event {
        do {
            // A crash after journalling and before sending: the journal's bytes are the answer.
            if let kept = try store.journalled(run: task.run, round: task.round) { return .computed(kept) }
            // Nothing of an unknown protocol is fetched or read before the policy has spoken.
            guard configuration.policy.protocols.contains(task.protocolHash) else {
                return verdict(
                    configuration.policy.verdict(
                        protocolHash: task.protocolHash,
                        disclosure: StudyProtocol.Disclosure(
                            minimumCases: 1, minimumEvents: 1, minimumCell: 1), cases: nil, approved: false))
                    ?? .refused(rule: .protocols, message: "the protocol is not accepted")
            }
            var artefacts: [String: Data] = [:]
            for (name, sha256) in task.artefacts { artefacts[name] = try await artefact(name, sha256: sha256) }
            guard let canonical = artefacts[ArtefactName.studyProtocol],
                CanonicalForm.sha256(canonical) == task.protocolHash
            else { return .refused(rule: .protocols, message: "the protocol does not have its hash") }
            let study = try CanonicalForm.decode(StudyProtocol.self, from: canonical)
            var computer = try computers[task.run] ?? makeComputer(study, run: task.run)
            let decision = configuration.policy.verdict(
                protocolHash: task.protocolHash, disclosure: study.disclosure, cases: try computer.caseCount(),
                approved: try store.isApproved(run: task.run))
            if let event = verdict(decision) { return event }
            let answer = try computer.answer(task, artefacts: artefacts)
            computers = [task.run: computer]
            let body = try WireCodec.encode(answer, run: task.run, round: task.round)
            return .computed(
                Submission(
                    run: task.run, round: task.round, computation: task.computation, body: body,
                    items: answer.itemNames))
        } catch let error as CoordinatorClient.Unreachable {
            logger.warning("coordinator not reached", metadata: ["reason": "\(error.reason)"])
            return .unreachable
        } catch {
            logger.error("the data cannot answer", metadata: ["reason": "\(error)"])
            return .refused(rule: .data, message: TravellingReason.of(error))
        }
    }

    private func verdict(_ verdict: PolicyVerdict) -> AgentCore.Event? {
        switch verdict {
        case .allowed: return nil
        case .refused(let rule, let message): return .refused(rule: rule, message: message)
        case .waiting(let rule, let message):
            logger.notice("waiting", metadata: ["rule": "\(rule.rawValue)", "reason": "\(message)"])
            return .mustWait
        }
    }

    private func artefact(_ name: String, sha256: String) async throws -> Data {
        if let kept = try store.artefact(sha256: sha256) { return kept }
        let bytes = try await client.artefact(sha256: sha256)
        guard CanonicalForm.sha256(bytes) == sha256 else { throw AgentError.wrongArtefact(name) }
        try store.keepArtefact(bytes, sha256: sha256)
        return bytes
    }

    private func makeComputer(_ study: StudyProtocol, run: String) throws -> SiteComputer {
        let policy = ReleasePolicy(
            floors: configuration.policy.floors(with: study.disclosure), consented: Set(configuration.policy.releases))
        return SiteComputer(
            site: configuration.site, study: study, policy: policy,
            source: try SiteData.source(
                configuration: configuration, study: study, run: run, store: store, logger: logger))
    }

    private func send(_ submission: Submission) async -> AgentCore.Event {
        do {
            return .submitted(.receipt(try await client.submit(submission)))
        } catch let fault as Fault {
            return .submitted(.rejected(fault))
        } catch {
            logger.warning("coordinator not reached", metadata: ["reason": "\(Self.reason(error))"])
            return .unreachable
        }
    }

    private func refuse(_ task: StudyTask, rule: PolicyRule, message: String) async -> AgentCore.Event {
        do {
            try await client.refuse(task, rule: rule.rawValue, message: message)
            return .refusalDelivered
        } catch is Fault {
            return .refusalDelivered
        } catch {
            return .unreachable
        }
    }
}

/// What the coordinator is told when a site's data cannot answer. Errors of the site's own files may name files, so
/// only those that are known to name columns and reasons travel.
enum TravellingReason {
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as SiteDataError: error.description
        case let error as PipelineError: error.description
        default: "the site's data cannot answer; the reason is in the site's own log"
        }
    }
}
