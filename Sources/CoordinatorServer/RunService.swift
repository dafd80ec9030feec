import Federation
import FoundationEssentials
import Registry
import StudyCore
import StudyProtocol
import Synchronization
import Wire

/// Carries out what `CoordinatorCore` decides, each event in one transaction over the run's locked row.
final class RunService: Sendable {
    let registry: Registry
    let hub = WakeHub()
    // Protocols and the contents of rounds never change, so that a copy in memory is as good as the row.
    private let protocols = Mutex<[String: StudyProtocol]>([:])
    private let rounds = Mutex<[String: RoundRecord]>([:])
    private static let keptRounds = 64

    init(registry: Registry) { self.registry = registry }

    static func nowMilliseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    func study(_ hash: String) async throws -> StudyProtocol {
        if let known = protocols.withLock({ $0[hash] }) { return known }
        guard let stored = try await registry.storedProtocol(hash) else { throw Fault.notFound("such protocol") }
        let study = try CanonicalForm.decode(StudyProtocol.self, from: stored.canonical)
        protocols.withLock { $0[hash] = study }
        return study
    }

    /// The broadcast of a round.
    func task(run: String, round: Int) async throws -> StudyTask? {
        if let kept = kept(run), kept.task.round == round { return kept.task }
        return try await registry.task(run: run, round: round).map {
            try CanonicalForm.decode(StudyTask.self, from: $0)
        }
    }

    private func kept(_ run: String) -> RoundRecord? { rounds.withLock { $0[run] } }

    private func keep(_ record: RoundRecord) {
        rounds.withLock { rounds in
            if rounds.count >= Self.keptRounds { rounds.removeAll() }
            rounds[record.task.run] = record
        }
    }

    /// What became of an event.
    private struct Outcome: Sendable {
        var reply = CoordinatorCore.Reply.fault(.gone)
        /// The round that was opened.
        var opened: RoundRecord?
        var isEnded = false

        static func fault(_ fault: Fault) -> Outcome { Outcome(reply: .fault(fault)) }
    }

    /// After the commit: what was opened is kept, and who waits for it is woken.
    private func tell(_ outcome: Outcome) async {
        if let opened = outcome.opened { keep(opened) }
        if outcome.opened != nil || outcome.isEnded { await hub.wake() }
    }

    /// Creates a run of a locked protocol and opens its first round.
    func start(run: String, protocolHash: String, actor: String) async throws {
        guard let stored = try await registry.storedProtocol(protocolHash) else {
            throw Fault.notFound("protocol \(protocolHash.prefix(12))")
        }
        guard stored.isLocked else {
            throw Fault(code: .invalid, message: "the protocol is a draft; lock it first", retry: false)
        }
        let study = try await study(stored.sha256)
        let outcome = try await registry.pool.transaction { transaction in
            transaction.execute(
                "INSERT INTO run (id, protocol, started_by) VALUES ($1, $2, $3)",
                [.text(run), .text(stored.sha256), .text(actor)])
            transaction.freeze(
                run: run, round: 0, name: ArtefactName.studyProtocol, bytes: stored.canonical, sha256: stored.sha256)
            Registry.audit(transaction, actor: actor, action: "start", entity: "run", id: run, after: stored.sha256)
            var core = CoordinatorCore(record: RunRecord(run: run, protocolHash: stored.sha256), study: study)
            let effects = core.step(.begin, now: Self.nowMilliseconds())
            return try await self.carryOut(effects, core: &core, study: study, transaction: transaction, body: Data())
        }
        await tell(outcome)
    }

    /// Takes a site's answer.
    func receive(site: String, run: String, round: Int, body: Data) async throws -> CoordinatorCore.Reply {
        let bodySHA256 = CanonicalForm.sha256(body)
        let known = kept(run)
        let outcome = try await registry.pool.transaction { transaction -> Outcome in
            guard
                let stored = try await transaction.lockRun(
                    run, knownRound: known?.task.round ?? 0, answer: (round, site))
            else { return .fault(.notFound("such run")) }
            let study = try await self.study(stored.protocolHash)
            let record = try Self.record(run: run, stored, known: known)
            var answer = Answer(contribution: Contribution(blocks: []))
            var core = CoordinatorCore(record: record, study: study)
            if stored.earlier == nil, let open = record.open, open.task.round == round {
                do {
                    answer = try WireCodec.answer(
                        body, run: run, round: round, specifications: try core.specifications())
                } catch {
                    return .fault(.invalid("\(error)"))
                }
            }
            let event = CoordinatorCore.Event.answer(
                site: site, round: round, bodySHA256: bodySHA256,
                stored: try stored.earlier.map {
                    StoredAnswer(bodySHA256: $0.sha256, receipt: try WireCodec.receipt($0.receipt))
                },
                answer: answer)
            let effects = core.step(event, now: Self.nowMilliseconds())
            return try await self.carryOut(effects, core: &core, study: study, transaction: transaction, body: body)
        }
        await tell(outcome)
        return outcome.reply
    }

    /// Ends a run that will not end by itself, as one that waits for a hospital that has left.
    ///
    /// - Throws: `Fault` if there is no such run, or if it has ended.
    func stop(run: String, reason: String, actor: String) async throws {
        try await step(.stop(reason: reason), run: run) { stored, effects, transaction in
            guard !effects.isEmpty else {
                throw Fault(code: .conflict, message: "the run has \(stored.state)", retry: false)
            }
            Registry.audit(transaction, actor: actor, action: "stop", entity: "run", id: run, reason: reason)
        }
    }

    /// Takes a site's refusal.
    func refuse(site: String, run: String, round: Int, rule: String, message: String) async throws {
        try await step(.refusal(site: site, round: round, rule: rule, message: message), run: run)
    }

    /// Steps an event that carries no answer.
    ///
    /// - Parameter beforehand: called with the run and the effects before they are carried out.
    private func step(
        _ event: CoordinatorCore.Event, run: String,
        beforehand: @Sendable (StoredRun, [CoordinatorCore.Effect], RegistryTransaction) throws -> Void = { _, _, _ in }
    ) async throws {
        let known = kept(run)
        let outcome = try await registry.pool.transaction { transaction in
            guard let stored = try await transaction.lockRun(run, knownRound: known?.task.round ?? 0) else {
                throw Fault.notFound("such run")
            }
            let study = try await self.study(stored.protocolHash)
            var core = CoordinatorCore(record: try Self.record(run: run, stored, known: known), study: study)
            let effects = core.step(event, now: Self.nowMilliseconds())
            try beforehand(stored, effects, transaction)
            return try await self.carryOut(effects, core: &core, study: study, transaction: transaction, body: Data())
        }
        await tell(outcome)
    }

    private static func record(run: String, _ stored: StoredRun, known: RoundRecord?) throws -> RunRecord {
        let status: RunStatus =
            switch stored.state {
            case "running": .running
            case "finished": .finished
            default: .failed(stored.reason)
            }
        return RunRecord(
            run: run, protocolHash: stored.protocolHash, status: status,
            open: try stored.open.map { open in
                guard let content = open.content else {
                    guard var record = known else { throw RegistryError.decoding("round \(open.number) is not known") }
                    record.received = Set(open.received)
                    return record
                }
                return RoundRecord(
                    task: try CanonicalForm.decode(StudyTask.self, from: content.task),
                    participants: open.participants,
                    pipeline: try CanonicalForm.decode(PipelineState.self, from: content.pipeline),
                    received: Set(open.received))
            }, transcriptSHA256: stored.open?.transcriptSHA256 ?? "")
    }

    /// Carries out effects in order.
    private func carryOut(
        _ effects: [CoordinatorCore.Effect], core: inout CoordinatorCore, study: StudyProtocol,
        transaction: RegistryTransaction, body: Data
    ) async throws -> Outcome {
        var outcome = Outcome()
        var round = core.record.open?.task.round ?? 0
        var queue = effects
        while !queue.isEmpty {
            switch queue.removeFirst() {
            case .store(let site, let number, let sha256, let receipt):
                round = number
                transaction.store(
                    run: core.record.run, round: number, site: site, sha256: sha256, body: body,
                    receipt: try WireCodec.encode(receipt))
            case .fold:
                guard let open = core.record.open else { continue }
                let specifications = try core.specifications()
                var answers: [String: Answer] = [:]
                for (site, body) in try await transaction.bodies(run: core.record.run, round: open.task.round) {
                    answers[site] = try WireCodec.answer(
                        body, run: core.record.run, round: open.task.round, specifications: specifications)
                }
                queue = core.step(.fold(answers), now: Self.nowMilliseconds()) + queue
            case .close(let number, let sum, let sumSHA256, let transcript):
                round = number
                transaction.close(
                    run: core.record.run, round: number, sum: sum.canonicalBytes, sumSHA256: sumSHA256,
                    transcriptSHA256: transcript)
                Registry.audit(
                    transaction, actor: "coordinator", action: "close", entity: "round",
                    id: "\(core.record.run)/\(number)", after: transcript)
            case .freeze(let name, let bytes, let sha256):
                transaction.freeze(
                    run: core.record.run, round: round, name: name, bytes: bytes, sha256: sha256)
                Registry.audit(
                    transaction, actor: "coordinator", action: "freeze", entity: name, id: core.record.run,
                    after: sha256)
            case .open(let record):
                outcome.opened = record
                transaction.open(
                    run: core.record.run, round: record.task.round, stage: record.task.stage.rawValue,
                    computation: record.task.computation, task: try CanonicalForm.encode(record.task),
                    pipeline: try CanonicalForm.encode(record.pipeline), participants: record.participants)
            case .storeRefusal(let site, let number, let rule, let message):
                transaction.storeRefusal(
                    run: core.record.run, round: number, site: site, rule: rule, message: message)
            case .finish(let results):
                outcome.isEnded = true
                transaction.storeResults(
                    results, run: core.record.run, study: study, hash: core.record.protocolHash)
                transaction.end(run: core.record.run, state: "finished", reason: "")
                Registry.audit(
                    transaction, actor: "coordinator", action: "finish", entity: "run", id: core.record.run)
            case .fail(let reason):
                outcome.isEnded = true
                transaction.end(run: core.record.run, state: "failed", reason: reason)
                Registry.audit(
                    transaction, actor: "coordinator", action: "fail", entity: "run", id: core.record.run,
                    reason: reason)
            case .reply(let value): outcome.reply = value
            }
        }
        return outcome
    }
}
