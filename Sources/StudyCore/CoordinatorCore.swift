public import Federation
public import FoundationEssentials
public import StudyProtocol

/// The coordinator's side of a run as a pure state machine: no clock, socket, database or random number inside.
///
/// The server loads a `RunRecord` under a row lock, makes a core of it, calls `step` and carries out the effects in
/// the same transaction; the simulator does the same against memory. Exactly once: the first bytes of a site for a
/// round count, the same bytes again get the same receipt, other bytes are a conflict, a closed round is gone.
public struct CoordinatorCore: Sendable {
    /// The run as it is after the events so far.
    public private(set) var record: RunRecord
    let pipeline: Pipeline

    /// Resumes a run from its record.
    public init(record: RunRecord, study: StudyProtocol) {
        self.record = record
        pipeline = Pipeline(study: study, protocolHash: record.protocolHash)
    }

    /// The blocks that the sites must send in the open round; none where no round is open.
    ///
    /// - Throws: `DecodingError` for a broadcast of another version.
    public func specifications() throws -> [BlockSpecification] {
        try record.open.map(pipeline.specifications) ?? []
    }

    /// What can happen to a run.
    public enum Event: Sendable {
        /// The run was just created.
        case begin
        /// A site's answer arrived; `stored` is what the store already has from that site for that round.
        case answer(site: String, round: Int, bodySHA256: String, stored: StoredAnswer?, answer: Answer)
        /// All answers of the open round, by site, as the effect `.fold` asked for.
        case fold([String: Answer])
        /// The coordinating centre ends the run.
        case stop(reason: String)
        /// A site will not answer.
        case refusal(site: String, round: Int, rule: String, message: String)
    }

    /// What the shell must do, in order, in one transaction; the reply is sent after the commit.
    public enum Effect: Sendable {
        /// Store the answer's bytes with their receipt.
        case store(site: String, round: Int, bodySHA256: String, receipt: Receipt)
        /// Load the answers of the open round and step `.fold` with them.
        case fold
        /// Close the open round.
        case close(round: Int, sum: Contribution, sumSHA256: String, transcriptSHA256: String)
        /// Store a frozen result.
        case freeze(name: String, bytes: Data, sha256: String)
        /// Open a round.
        case open(RoundRecord)
        /// Store a site's refusal.
        case storeRefusal(site: String, round: Int, rule: String, message: String)
        /// The run is finished with these results.
        case finish(StudyResults)
        /// The run ended without results.
        case fail(reason: String)
        /// Answer the site.
        case reply(Reply)
    }

    /// What a site is told.
    public enum Reply: Sendable, Equatable {
        /// The answer counts.
        case receipt(Receipt)
        /// The answer does not count.
        case fault(Fault)
    }

    /// Takes one event.
    ///
    /// - Parameter now: milliseconds since 1970; it appears in receipts only, never in what is computed.
    public mutating func step(_ event: Event, now: Int64) -> [Effect] {
        switch event {
        case .begin:
            return apply(Result { try pipeline.start() })
        case .answer(let site, let round, let bodySHA256, let stored, let answer):
            return receive(
                site: site, round: round, bodySHA256: bodySHA256, stored: stored, answer: answer, now: now)
        case .fold(let answers):
            return fold(answers)
        case .stop(let reason):
            return record.status == .running ? end(reason: "stopped by the coordinating centre: \(reason)") : []
        case .refusal(let site, let round, let rule, let message):
            guard record.status == .running, let open = record.open, open.task.round == round,
                open.participants.contains(site)
            else { return [] }
            return [.storeRefusal(site: site, round: round, rule: rule, message: message)]
                + end(reason: "site \(site) refused (\(rule)): \(message)")
        }
    }

    private mutating func receive(
        site: String, round: Int, bodySHA256: String, stored: StoredAnswer?, answer: Answer, now: Int64
    ) -> [Effect] {
        if let stored {
            return stored.bodySHA256 == bodySHA256
                ? [.reply(.receipt(stored.receipt))]
                : [.reply(.fault(.conflict))]
        }
        guard record.status == .running, let open = record.open, open.task.round == round else {
            return [.reply(.fault(.gone))]
        }
        guard open.participants.contains(site) else { return [.reply(.fault(.notAParticipant))] }
        do {
            try pipeline.check(answer, for: open)
        } catch {
            return [.reply(.fault(.invalid("\(error)")))]
        }
        let receipt = Receipt(
            run: record.run, round: round, site: site, bodySHA256: bodySHA256, receivedAtMilliseconds: now)
        record.open?.received.insert(site)
        var effects: [Effect] = [
            .store(site: site, round: round, bodySHA256: bodySHA256, receipt: receipt), .reply(.receipt(receipt)),
        ]
        if record.open?.isComplete == true { effects.append(.fold) }
        return effects
    }

    private mutating func fold(_ answers: [String: Answer]) -> [Effect] {
        guard record.status == .running, let open = record.open, open.isComplete,
            Set(answers.keys) == Set(open.participants)
        else { return [] }
        do {
            let specifications = try pipeline.specifications(for: open)
            var sum = Contribution.zero(specifications)
            for site in open.participants.sorted() {
                guard let answer = answers[site] else { return [] }
                try sum.add(answer.contribution)
            }
            let sumHash = CanonicalForm.sha256(sum.canonicalBytes)
            let transcript = CanonicalForm.sha256(
                Data("\(record.transcriptSHA256)|\(try taskHash(open.task))|\(sumHash)".utf8))
            record.transcriptSHA256 = transcript
            let step = Result { try pipeline.advance(open, sum: sum, answers: answers) }
            let close = Effect.close(
                round: open.task.round, sum: sum, sumSHA256: sumHash, transcriptSHA256: transcript)
            return [close] + apply(step)
        } catch {
            return end(reason: "\(error)")
        }
    }

    private func taskHash(_ task: StudyTask) throws -> String {
        CanonicalForm.sha256(try CanonicalForm.encode(task))
    }

    private mutating func apply(_ result: Result<PipelineStep, any Error>) -> [Effect] {
        let step: PipelineStep
        switch result {
        case .failure(let error): return end(reason: "\(error)")
        case .success(let value): step = value
        }
        var effects: [Effect] = []
        for frozen in step.frozen {
            effects.append(.freeze(name: frozen.name, bytes: frozen.bytes, sha256: frozen.sha256))
        }
        switch step.outcome {
        case .finished(let results):
            record.status = .finished
            record.open = nil
            effects.append(.finish(results))
        case .round(let plan):
            let task = StudyTask(
                run: record.run, round: (record.open?.task.round ?? 0) + 1, stage: plan.stage,
                computation: plan.computation, state: plan.state, protocolHash: record.protocolHash,
                artefacts: plan.artefacts)
            let round = RoundRecord(task: task, participants: plan.participants, pipeline: step.state)
            record.open = round
            effects.append(.open(round))
        }
        return effects
    }

    private mutating func end(reason: String) -> [Effect] {
        record.status = .failed(reason)
        record.open = nil
        return [.fail(reason: reason)]
    }
}

extension Contribution {
    /// The bytes that are hashed: for each block its name, a zero byte, and its words as 16 bytes little-endian each.
    public var canonicalBytes: Data {
        var bytes = Data()
        for block in blocks {
            bytes.append(contentsOf: Array(block.specification.name.utf8))
            bytes.append(0)
            bytes.append(contentsOf: block.littleEndianBytes)
        }
        return bytes
    }
}
