import Disclosure
import Federation
import FoundationEssentials
import Statistics
public import StudyCore
public import StudyProtocol

/// A study over a faulty network in virtual time: the real cores, a seeded schedule of faults, no thread and no clock.
///
/// Messages are lost, doubled and reordered; agents and the coordinator lose everything that is not durable. A seed
/// replays exactly.
public struct FaultSimulator {
    /// What happened.
    public struct Outcome: Sendable {
        /// How the run ended.
        public let status: RunStatus
        /// Frozen results by name to SHA-256.
        public let artefacts: [String: String]
        /// Chain over all rounds.
        public let transcriptSHA256: String
        /// How often each (round, site) was counted: any 2 would be a double count.
        public let counted: [String: Int]
        /// Receipts that agents hold, by (round, site).
        public let acknowledged: Set<String>
        /// Messages that were lost or doubled, and crashes.
        public let faults: Int
    }

    private struct Agent {
        var core = AgentCore()
        var computer: SiteComputer
        // Durable.
        var journal: [Int: Submission] = [:]
        var receipts: Set<Int> = []
    }

    private enum Message {
        case poll(String)
        case task(String, StudyTask?)
        case submit(String, Submission)
        case verdict(String, Int, AgentCore.Verdict)
        case rested(String)
    }

    private var random: SeededGenerator
    private let study: StudyProtocol
    private let sites: [String]
    private var agents: [String: Agent] = [:]
    private var queue: [Message] = []
    // Durable at the coordinator.
    private var record: RunRecord
    private var bodies: [String: (sha256: String, answer: Answer, receipt: Receipt)] = [:]
    private var frozen: [String: Data] = [:]
    /// Everything frozen, by its hash, as a task names it.
    private var stored: [String: Data] = [:]
    private var counted: [String: Int] = [:]
    private var faults = 0
    private let faultRate: Double

    /// Prepares a simulation.
    ///
    /// - Parameters:
    ///   - study: the protocol.
    ///   - sources: the data of each site.
    ///   - seed: of the schedule.
    ///   - faultRate: probability that a message is lost, doubled or meets a crash; 0 for an undisturbed run.
    public init(study: StudyProtocol, sources: [String: any SiteDataSource], seed: UInt64, faultRate: Double) throws {
        self.study = study
        self.faultRate = faultRate
        random = SeededGenerator(seed: seed)
        sites = sources.keys.sorted()
        record = RunRecord(run: "simulated", protocolHash: try study.hash())
        frozen[ArtefactName.studyProtocol] = try study.canonicalForm()
        stored[record.protocolHash] = frozen[ArtefactName.studyProtocol]
        let policy = ReleasePolicy(
            floors: study.disclosure, consented: [.counts, .acquisition, .agreement, .validation])
        for (site, source) in sources {
            agents[site] = Agent(
                computer: SiteComputer(site: site, study: study, policy: policy, source: source))
        }
    }

    /// Runs until the run ends, or until `stepLimit` messages were delivered.
    public mutating func run(stepLimit: Int = 200_000) throws -> Outcome {
        var core = CoordinatorCore(record: record, study: study)
        try commit(core.step(.begin, now: 0), core, answer: nil, to: "")
        for site in sites { try act(site, startEffects(site)) }
        for _ in 0..<stepLimit {
            if record.status != .running || queue.isEmpty { break }
            // Any message may come next: that is reordering.
            let message = queue.remove(at: Int(random.next() % UInt64(queue.count)))
            if random.uniform() < faultRate {
                faults += 1
                switch random.next() % 4 {
                case 0:
                    try lose(message)
                    continue
                case 1: queue.append(message)
                case 2: try crash(sites[Int(random.next() % UInt64(sites.count))])
                default: break  // The coordinator holds nothing outside its store: its crash loses the message only.
                }
            }
            try deliver(message)
        }
        return Outcome(
            status: record.status,
            artefacts: frozen.mapValues { CanonicalForm.sha256($0) }, transcriptSHA256: record.transcriptSHA256,
            counted: counted,
            acknowledged: Set(agents.flatMap { site, agent in agent.receipts.map { "\($0)/\(site)" } }), faults: faults)
    }

    private mutating func startEffects(_ site: String) -> [AgentCore.Effect] {
        let open = agents[site]!.journal.filter { !agents[site]!.receipts.contains($0.key) }
            .sorted { $0.key < $1.key }.map(\.value)
        return agents[site]!.core.step(.start(unacknowledged: open))
    }

    private mutating func crash(_ site: String) throws {
        agents[site]!.core = AgentCore()
        try act(site, startEffects(site))
    }

    /// A lost request or reply looks like a connection that broke.
    private mutating func lose(_ message: Message) throws {
        switch message {
        case .poll(let site), .task(let site, _), .submit(let site, _), .verdict(let site, _, _):
            try act(site, agents[site]!.core.step(.unreachable))
        case .rested(let site): queue.append(.rested(site))
        }
    }

    private mutating func deliver(_ message: Message) throws {
        switch message {
        case .poll(let site):
            let open = record.open
            let waits = open.map { $0.participants.contains(site) && !$0.received.contains(site) } ?? false
            queue.append(.task(site, waits ? open?.task : nil))
        case .task(let site, let task):
            try act(site, agents[site]!.core.step(.polled(task)))
        case .submit(let site, let submission):
            queue.append(.verdict(site, submission.round, try receive(site, submission)))
        case .verdict(let site, let round, let verdict):
            // A verdict on an answer that the agent no longer waits for is late.
            guard case .sending(let submission) = agents[site]!.core.phase, submission.round == round else { return }
            try act(site, agents[site]!.core.step(.submitted(verdict)))
        case .rested(let site):
            try act(site, agents[site]!.core.step(.rested))
        }
    }

    private mutating func act(_ site: String, _ effects: [AgentCore.Effect]) throws {
        for effect in effects {
            switch effect {
            case .poll: queue.append(.poll(site))
            case .compute(let task):
                var computer = agents[site]!.computer
                let answer = try computer.answer(
                    task, artefacts: task.artefacts.compactMapValues { stored[$0] })
                agents[site]!.computer = computer
                let body = answer.contribution.canonicalBytes + (try CanonicalForm.encode(answer.releases))
                pending[site] = answer
                let submission = Submission(
                    run: task.run, round: task.round, computation: task.computation, body: body,
                    items: answer.itemNames)
                try act(site, agents[site]!.core.step(.computed(submission)))
            case .journal(let submission):
                if agents[site]!.journal[submission.round] == nil {
                    agents[site]!.journal[submission.round] = submission
                    answers["\(submission.round)/\(site)"] = pending[site]
                }
                try act(site, agents[site]!.core.step(.journalled))
            case .send(let submission): queue.append(.submit(site, submission))
            case .acknowledge(let submission, _): agents[site]!.receipts.insert(submission.round)
            case .discard(let submission, _): agents[site]!.receipts.insert(-submission.round)
            case .refuse(let task, let rule, let message):
                var core = CoordinatorCore(record: record, study: study)
                let effects = core.step(
                    .refusal(site: site, round: task.round, rule: rule.rawValue, message: message), now: 0)
                try commit(effects, core, answer: nil, to: site)
            case .rest: queue.append(.rested(site))
            }
        }
    }

    // What the journal's bytes decode to: the simulator has no wire format.
    private var pending: [String: Answer] = [:]
    private var answers: [String: Answer] = [:]

    private mutating func receive(_ site: String, _ submission: Submission) throws -> AgentCore.Verdict {
        let key = "\(submission.round)/\(site)"
        let stored = bodies[key].map { StoredAnswer(bodySHA256: $0.sha256, receipt: $0.receipt) }
        guard let answer = answers[key] else { return .rejected(.invalid("no such answer")) }
        var core = CoordinatorCore(record: record, study: study)
        let event = CoordinatorCore.Event.answer(
            site: site, round: submission.round, bodySHA256: CanonicalForm.sha256(submission.body), stored: stored,
            answer: answer)
        let reply = try commit(core.step(event, now: 0), core, answer: answer, to: site)
        switch reply {
        case .receipt(let receipt): return .receipt(receipt)
        case .fault(let fault): return .rejected(fault)
        }
    }

    @discardableResult
    private mutating func commit(
        _ effects: [CoordinatorCore.Effect], _ core: CoordinatorCore, answer: Answer?, to site: String
    ) throws -> CoordinatorCore.Reply {
        var core = core
        var reply = CoordinatorCore.Reply.fault(.gone)
        var queue = effects
        while !queue.isEmpty {
            switch queue.removeFirst() {
            case .store(let site, let round, let sha256, let receipt):
                if let answer { bodies["\(round)/\(site)"] = (sha256, answer, receipt) }
                counted["\(round)/\(site)", default: 0] += 1
            case .fold:
                guard let open = core.record.open else { continue }
                var answers: [String: Answer] = [:]
                for site in open.participants { answers[site] = bodies["\(open.task.round)/\(site)"]?.answer }
                queue = core.step(.fold(answers), now: 0) + queue
            case .freeze(let name, let bytes, let sha256):
                frozen[name] = bytes
                stored[sha256] = bytes
            case .reply(let value): reply = value
            case .close, .open, .storeRefusal, .finish, .fail: break
            }
        }
        record = core.record
        return reply
    }
}
